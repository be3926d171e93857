package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) held() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "held",
		Short: "See and settle actions that could not be decided",
		Long: `See and settle actions that could not be decided, each time they were tried. They
are kept, and their senders know: retry decides one anew, drop refuses it for good.
One is named by the user id of its sender and its action id, as list shows them; one
whose sender cannot be read, by its place on the log. That can only be dropped.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.heldList(), c.heldShow(),
		c.heldRetry(), c.heldDrop())
	return cmd
}

func (c *commands) heldList() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "list",
		Short: "List held actions, oldest first",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		held, err := allHeld(ctx, admin)
		if err != nil {
			return err
		}
		return cli.Table(p, []string{"TIME", "=PLACE", "SENDER", "ACTION", "CAUSE", "+CONVERSATION"}, held, func(h api.Held) []string {
			sender, action := h.Sender.String(), h.Action.String()
			if h.Sender.IsZero() {
				sender, action = "-", "-"
			}
			return []string{h.Time.String(), h.Place(), sender, action, h.Cause, h.Conversation.String()}
		})
	})
}

func (c *commands) heldShow() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "show SENDER ACTION | PLACE",
		Short: "Show a held action",
		Args:  cli.Args(1, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := named(args)
		if err != nil {
			return err
		}
		h, err := n.find(ctx, admin)
		if err != nil {
			return err
		}
		return p.One(h, fmt.Sprintf("%s: %s\nsender %s, action %s\nconversation %s\n%s", h.Time, h.Cause, h.Sender, h.Action, h.Conversation, h.Place()))
	})
}

func (c *commands) heldRetry() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "retry SENDER ACTION",
		Short: "Decide a held action anew",
		Args:  cli.Args(2, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := named(args)
		if err != nil {
			return err
		}
		return settled(p)(admin.RetryHeld(ctx, n.sender, n.action))
	})
}

func (c *commands) heldDrop() *cobra.Command {
	g := desk.Guard{Final: true}
	return g.Flags(c.Do(&cobra.Command{
		Use:   "drop SENDER ACTION | PLACE",
		Short: "Refuse a held action for good",
		Args:  cli.Args(1, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := named(args)
		if err != nil {
			return err
		}
		h, err := n.find(ctx, admin)
		if err != nil {
			return err
		}
		if ok, err := c.Pass(ctx, p, &g, "drop the held record "+h.Place()+" of "+h.Time.String()); !ok {
			return err
		}
		if n.topic != "" {
			return settled(p)(admin.DropHeldAt(ctx, n.topic, n.partition, n.position))
		}
		return settled(p)(admin.DropHeld(ctx, n.sender, n.action))
	}))
}

// settled prints what an administrator's action came to.
func settled(p *cli.Printer) func(api.Result, error) error {
	return func(result api.Result, err error) error {
		if err != nil {
			return err
		}
		said := string(result.Outcome)
		if result.Reason != "" {
			said += ": " + string(result.Reason)
		}
		return p.One(result, said)
	}
}

// name is what a held record is known by: sender and action, or its place.
type name struct {
	sender    api.UserID
	action    api.ActionID
	topic     string
	partition int
	position  int64
}

func (n name) is(h api.Held) bool {
	if n.topic != "" {
		return h.Topic == n.topic && h.Partition == n.partition && h.Position == n.position
	}
	return h.Sender == n.sender && h.Action == n.action
}

// named reads SENDER and ACTION, or PLACE.
func named(args []string) (n name, err error) {
	const do = "see chatctl admin held list"
	if len(args) == 1 {
		topic, place, _ := strings.Cut(args[0], "/")
		partition, position, _ := strings.Cut(place, ":")
		at, perr := strconv.ParseUint(partition, 10, 31)
		number, nerr := strconv.ParseUint(position, 10, 53)
		if topic == "" || perr != nil || nerr != nil {
			return n, cli.Misused(do, "PLACE is TOPIC/PARTITION:POSITION; or name SENDER and ACTION")
		}
		return name{topic: topic, partition: int(at), position: int64(number)}, nil
	}
	if err := n.sender.UnmarshalText([]byte(args[0])); err != nil {
		return n, cli.Misused(do, "SENDER is a user id: %v", err)
	}
	if err := n.action.UnmarshalText([]byte(args[1])); err != nil {
		return n, cli.Misused(do, "ACTION is an action id: %v", err)
	}
	return n, nil
}

// find is the held record that n names.
func (n name) find(ctx context.Context, admin *adminapi.Client) (api.Held, error) {
	held, err := allHeld(ctx, admin)
	if err != nil {
		return api.Held{}, err
	}
	for _, h := range held {
		if n.is(h) {
			return h, nil
		}
	}
	return api.Held{}, &cli.Error{Status: cli.Refused, What: "no such record is held", Do: "see which are: chatctl admin held list"}
}

func allHeld(ctx context.Context, admin *adminapi.Client) (all []api.Held, err error) {
	for after := int64(0); ; {
		held, err := admin.Held(ctx, after, page)
		if err != nil || len(held) == 0 {
			return all, err
		}
		all = append(all, held...)
		after = held[len(held)-1].Number
	}
}
