package admin

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) held() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "held",
		Short: "See and settle actions that could not be decided",
		Long: `See and settle actions that could not be decided, each time they were tried.
They are kept, and their senders know: retry decides one anew, drop refuses it
for good. SENDER and ACTION are the ids that list shows, and name one. Where the
sender cannot be read, it is named by its PLACE on the log, and can only be
looked at and dropped.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.heldList(), c.heldShow(),
		c.heldRetry(), c.heldDrop())
	return cmd
}

func (c *commands) heldList() *cobra.Command {
	columns := []string{"TIME", "=PLACE", "SENDER", "ACTION", "CAUSE", "+CONVERSATION"}
	return c.Do(c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List held actions, oldest first",
		Args:  cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		held, err := allHeld(ctx, admin)
		if err != nil {
			return err
		}
		return cli.Table(p, columns, held, func(h api.Held) []string {
			sender, action := h.Sender.String(), h.Action.String()
			if h.Sender.IsZero() {
				sender, action = "-", "-"
			}
			return []string{h.Time.String(), h.Place(), sender, action, h.Cause, h.Conversation.String()}
		})
	})
}

func (c *commands) heldShow() *cobra.Command {
	return c.onHeld(&cobra.Command{
		Use:   "show SENDER ACTION | PLACE",
		Short: "Show a held action",
		Long: `Show a held action: whose it is, where it lies, and why it could not be decided.
Where nobody knows whose it is, all its bytes are shown, as hex dumps and in
JSON as base64: what somebody wrote may be among them.`,
		Args: cli.Args(1, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, h api.Held) error {
		if !h.Sender.IsZero() {
			return p.One(h, heldLine(h))
		}
		there, err := admin.HeldAt(ctx, h.Topic, h.Partition, h.Position)
		if err != nil {
			return err
		}
		for _, h := range there { // a stored message may hold several
			if err := p.One(h, heldLine(h)); err != nil {
				return err
			}
		}
		return nil
	})
}

// heldLine is a held record for a person.
func heldLine(h api.Held) string {
	if h.Sender.IsZero() {
		return fmt.Sprintf("%s: %s\nat %s, which nobody is known to have sent\n%s:\n%s\n"+
			"it cannot be retried: what cannot be read cannot be decided either; drop it: chatctl admin held drop %s",
			h.Time, h.Cause, h.Place(), plural.Of(len(h.Record), "byte"), strings.TrimSuffix(hex.Dump(h.Record), "\n"), h.Place())
	}
	return fmt.Sprintf("%s: %s\nsender %s, action %s\nconversation %s\nat %s", h.Time, h.Cause, h.Sender, h.Action, h.Conversation, h.Place())
}

func (c *commands) heldRetry() *cobra.Command {
	g := desk.Guard{Gives: true}
	return g.Flags(c.onHeld(&cobra.Command{
		Use:   "retry SENDER ACTION",
		Short: "Decide a held action anew",
		Long: `Decide a held action anew, now at the end of its conversation. One that fails
again is held again. What has no sender that can be read cannot be retried.`,
		Args: cli.Args(1, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, h api.Held) error {
		if h.Sender.IsZero() {
			return &cli.Error{Status: cli.Refused, What: "it cannot be retried: its sender and action cannot be read",
				Do: "look at its bytes: chatctl admin held show " + h.Place() + "; then drop it"}
		}
		if ok, err := c.Pass(ctx, p, &g, "retry the held action "+h.Action.String()+" of "+h.Time.String()); !ok {
			return err
		}
		return settled(p)(admin.RetryHeld(ctx, h.Sender, h.Action))
	}))
}

func (c *commands) heldDrop() *cobra.Command {
	g := desk.Guard{Final: true}
	return g.Flags(c.onHeld(&cobra.Command{
		Use:   "drop SENDER ACTION | PLACE",
		Short: "Refuse a held action for good",
		Args:  cli.Args(1, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, h api.Held) error {
		if ok, err := c.Pass(ctx, p, &g, "drop the held record "+h.Place()+" of "+h.Time.String()); !ok {
			return err
		}
		if h.Sender.IsZero() {
			return settled(p)(admin.DropHeldAt(ctx, h.Topic, h.Partition, h.Position))
		}
		return settled(p)(admin.DropHeld(ctx, h.Sender, h.Action))
	}))
}

// onHeld makes cmd a command that does something with the held record that its arguments name.
func (c *commands) onHeld(cmd *cobra.Command, do func(context.Context, *adminapi.Client, *cli.Printer, api.Held) error) *cobra.Command {
	return c.Do(cmd, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := named(args)
		if err != nil {
			return err
		}
		h, err := n.find(ctx, admin)
		if err != nil {
			return err
		}
		return do(ctx, admin, p, h)
	})
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
		return p.Done(result, said)
	}
}
