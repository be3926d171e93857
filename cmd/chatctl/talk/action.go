package talk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// asking is how a command carries actions to their outcomes: the key that makes
// running it again safe, and how long it waits.
type asking struct {
	key     string
	timeout time.Duration
}

func (k *asking) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.key, "key", "", "a `KEY` of your own for this action: run again with the same one, it is done once (default: a new one)")
	cmd.Flags().DurationVar(&k.timeout, "timeout", 10*time.Second, "how long to wait for the result")
}

// check settles the key before anything is sent.
func (k *asking) check() error {
	if k.timeout <= 0 {
		return cli.Misused("give a duration such as 10s", "--timeout %v leaves no time", k.timeout)
	}
	if k.key == "" {
		k.key = api.NewActionID().String()
	}
	// Room for /n; the key is an HTTP header's value (RFC 9110, 5.5).
	if len(k.key) > api.MaxKey-12 {
		return cli.Misused("a UUID is a good one", "--key has more than %d bytes", api.MaxKey-12)
	}
	for _, c := range []byte(k.key) {
		if c <= ' ' || c > '~' {
			return cli.Misused("a UUID is a good one", "--key %q: only visible ASCII characters can be sent", k.key)
		}
	}
	return nil
}

// nth is the key of the n-th action, from 1, of a command that asks for several.
func (k *asking) nth(n int) string { return fmt.Sprintf("%s/%d", k.key, n) }

// one carries action under key to its outcome. Where the outcome is not known
// the error tells the key to run again with.
func (k *asking) one(ctx context.Context, c *client.Client, key string, action api.Action) (api.Result, error) {
	if err := checked(action); err != nil {
		return api.Result{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	result, err := c.Action(waiting, key, action)
	var unknown *client.UnknownError
	if !errors.As(err, &unknown) {
		return result, err
	}
	told := &cli.Error{Status: cli.Unknown, Err: err, Do: k.again("it happens once")}
	switch {
	case waiting.Err() == nil:
	case unknown.Accepted:
		told.What, told.Err = "accepted, but no result within "+k.timeout.String(), nil
	default:
		told.What, told.Err = "no answer within "+k.timeout.String()+": nobody knows whether it was accepted", nil
	}
	return result, told
}

func (k *asking) again(why string) string { return "run again with --key " + k.key + ": " + why }

// partly is err of the n-th action of several, called name: those before it are
// done, and stay done when the command is run again with its key.
func (k *asking) partly(n int, name string, err error) error {
	err = fmt.Errorf("%s: %w", name, err)
	if n == 1 {
		return err
	}
	return &cli.Error{Status: cli.Status(err), Err: err, Do: "those before it are done; " + k.again("none is done twice")}
}

// acting makes cmd a command whose work is the actions that plan lists.
func (a *commands) acting(cmd *cobra.Command, plan func(context.Context, *client.Client, []string) ([]api.Action, error)) *cobra.Command {
	var k asking
	k.flags(cmd)
	return a.Client(cmd, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		if err := k.check(); err != nil {
			return err
		}
		actions, err := plan(ctx, c, args)
		if err != nil {
			return err
		}
		for i, action := range actions {
			key := k.key
			if len(actions) > 1 {
				key = k.nth(i + 1)
			}
			result, err := k.one(ctx, c, key, action)
			if err != nil && len(actions) > 1 {
				err = k.partly(i+1, "@"+action.To, err)
			}
			if err != nil {
				return err
			}
			if err := p.Done(result, done(action, result)); err != nil {
				return err
			}
		}
		return nil
	})
}

// done tells a person what became of an action that was not refused.
func done(a api.Action, r api.Result) string {
	switch r.Outcome {
	case api.MessageEdited:
		return fmt.Sprintf("edited %d", a.Target)
	case api.MessageGone:
		return fmt.Sprintf("deleted %d", a.Target)
	case api.Reported:
		return fmt.Sprintf("reported %d to the server's administrators", a.Target)
	case api.GroupRenamed:
		return "renamed the group to " + a.Name
	case api.MemberRanked:
		return "the role is " + string(a.Role) + " now"
	case api.GroupCreated:
		return fmt.Sprintf("made the group %s: %s", a.Name, r.Conversation)
	case api.MemberAdded:
		return "added @" + a.To
	case api.MemberRemoved:
		return "removed"
	case api.MemberLeft:
		return "left"
	case api.BlockSet:
		return "blocked @" + a.To
	case api.BlockCleared:
		return "unblocked @" + a.To
	}
	return string(r.Outcome)
}

// checked reports what the server would refuse as invalid, in the words of a
// command and before anything is sent.
func checked(action api.Action) error {
	err := action.Check()
	var p *api.Problem
	if errors.As(err, &p) {
		return cli.Misused("", "the %s cannot be taken: %s", strings.TrimPrefix(p.Pointer, "/"), p.Detail)
	}
	return err
}
