package admin

import (
	"context"
	"fmt"

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
One is named by the user id of its sender and its action id, as list shows them.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.heldList(), c.heldShow(),
		c.settle("retry", "Decide a held action anew", (*adminapi.Client).RetryHeld),
		c.settle("drop", "Refuse a held action for good", (*adminapi.Client).DropHeld))
	return cmd
}

func (c *commands) heldList() *cobra.Command {
	return c.do(&cobra.Command{
		Use:   "list",
		Short: "List held actions, oldest first",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		held, err := allHeld(ctx, admin)
		if err != nil {
			return err
		}
		return cli.Table(p, []string{"TIME", "SENDER", "ACTION", "CAUSE"}, held, func(h api.Held) []string {
			return []string{h.Time.String(), h.Sender.String(), h.Action.String(), h.Cause}
		})
	})
}

func (c *commands) heldShow() *cobra.Command {
	return c.do(&cobra.Command{
		Use:   "show SENDER ACTION",
		Short: "Show a held action",
		Args:  cli.Args(2, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		sender, action, err := named(args)
		if err != nil {
			return err
		}
		held, err := allHeld(ctx, admin)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.Sender == sender && h.Action == action {
				return p.One(h, fmt.Sprintf("%s: %s\nsender %s, action %s\nconversation %s\n%s, partition %d, position %d",
					h.Time, h.Cause, h.Sender, h.Action, h.Conversation, h.Topic, h.Partition, h.Position))
			}
		}
		return &cli.Error{Status: cli.Refused, What: "no such action is held", Do: "see which are: chatctl admin held list"}
	})
}

func (c *commands) settle(verb, short string, do func(*adminapi.Client, context.Context, api.UserID, api.ActionID) (api.Result, error)) *cobra.Command {
	return c.do(&cobra.Command{
		Use:   verb + " SENDER ACTION",
		Short: short,
		Args:  cli.Args(2, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		sender, action, err := named(args)
		if err != nil {
			return err
		}
		result, err := do(admin, ctx, sender, action)
		if err != nil {
			return err
		}
		said := string(result.Outcome)
		if result.Reason != "" {
			said += ": " + string(result.Reason)
		}
		return p.One(result, said)
	})
}

// named reads SENDER and ACTION.
func named(args []string) (sender api.UserID, action api.ActionID, err error) {
	const do = "see chatctl admin held list"
	if err := sender.UnmarshalText([]byte(args[0])); err != nil {
		return sender, action, cli.Misused(do, "SENDER is a user id: %v", err)
	}
	if err := action.UnmarshalText([]byte(args[1])); err != nil {
		return sender, action, cli.Misused(do, "ACTION is an action id: %v", err)
	}
	return sender, action, nil
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
