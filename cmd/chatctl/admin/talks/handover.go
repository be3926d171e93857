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
		now, err := heir(ctx, admin, group, handle)
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
			return p.Done(result, "@"+handle+" owns it already")
		}
		return p.Done(result, fmt.Sprintf("@%s owns %s; its members see it as entry %d", handle, nameOf(group), result.Seq))
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

// heir is the owner of group, a zero one where nobody is, if handle can be it
// instead; else the error says why not.
func heir(ctx context.Context, admin *adminapi.Client, group api.Conversation, handle string) (owner api.User, err error) {
	no := func(why, do string) (api.User, error) {
		return owner, &cli.Error{Status: cli.Refused, What: "@" + handle + " cannot own " + nameOf(group) + ": " + why, Do: do}
	}
	if group.Kind != api.Group {
		return no("a direct conversation has no owner", "")
	}
	user, err := admin.User(ctx, handle)
	if err != nil {
		return owner, err
	}
	owns, present, err := seats(ctx, admin, group.Conversation, handle)
	switch {
	case err != nil:
		return owner, err
	case owns == handle:
		return user, nil
	case !present:
		return no("they are not in that conversation", "see chatctl admin conversations members "+group.Conversation.String())
	case user.Suspended:
		return no("their account is suspended", "")
	case owns == "":
		return owner, nil
	}
	return admin.User(ctx, owns)
}

// seats tells who owns a conversation, "" where nobody does, and whether handle is in it.
func seats(ctx context.Context, admin *adminapi.Client, id api.ConversationID, handle string) (owner string, present bool, err error) {
	for after := (api.MemberID{}); ; {
		page, err := admin.Seats(ctx, id, after)
		if err != nil || len(page) == 0 {
			return owner, present, err
		}
		for _, s := range page {
			after = s.Member
			if s.Membership != api.Present {
				continue
			}
			present = present || s.Handle == handle
			if s.Role == api.Owner {
				owner = s.Handle
			}
		}
	}
}
