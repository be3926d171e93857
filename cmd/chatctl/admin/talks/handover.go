package talks

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) handOver() *cobra.Command {
	var g desk.Guard
	return g.Flags(c.Do(&cobra.Command{
		Use:   "handover CONVERSATION HANDLE",
		Short: "Make a member the owner of a group whose owner is gone",
		Long: `Make a member the owner of a group whose owner was suspended or has lost the
account. Whoever owned it is an admin then. All members see it in the group,
done by an administrator. It may be run again: who is the owner already stays
it.`,
		Example: "  chatctl admin conversations handover ops @bob --dry-run",
		Args:    cli.Args(2, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		handle, err := cli.Handle(args[1])
		if err != nil {
			return err
		}
		group, err := which(ctx, admin, args[0])
		if err != nil {
			return err
		}
		now, err := ownerOf(ctx, admin, group.Conversation)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("make @%s the owner of %s (%s), which %s", handle, nameOf(group), group.Conversation, owns(now))
		if now.Handle == handle {
			what = fmt.Sprintf("change nothing: %s %s (%s) already", owns(now), nameOf(group), group.Conversation)
		}
		if ok, err := c.Pass(ctx, p, &g, what); !ok {
			return err
		}
		result, err := admin.HandOver(ctx, group.Conversation, handle)
		if err != nil {
			return err
		}
		if result.Seq == 0 {
			return p.One(result, "@"+handle+" owns it already")
		}
		return p.One(result, fmt.Sprintf("@%s owns %s; its members see it as entry %d", handle, nameOf(group), result.Seq))
	}))
}

// owns says who owns a conversation, and how their account stands.
func owns(owner api.User) string {
	switch {
	case owner.Handle == "":
		return "nobody owns"
	case owner.Suspended:
		return "@" + owner.Handle + " (suspended) owns"
	}
	return "@" + owner.Handle + " owns"
}

// ownerOf is the account that owns a conversation; a zero one where nobody does.
func ownerOf(ctx context.Context, admin *adminapi.Client, id api.ConversationID) (none api.User, _ error) {
	for after := (api.MemberID{}); ; {
		page, err := admin.Seats(ctx, id, after)
		if err != nil {
			return none, err
		}
		if len(page) == 0 {
			return none, nil
		}
		for _, s := range page {
			after = s.Member
			if s.Role != api.Owner || s.Membership != api.Present {
				continue
			}
			return admin.User(ctx, s.Handle)
		}
	}
}
