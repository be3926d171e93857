package talks

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) list() *cobra.Command {
	var f api.ConversationFilter
	var member string
	columns := []string{"=CONVERSATION", "KIND", "NAME", "MEMBERS", "MESSAGES", "LAST", "+ENTRIES", "+HISTORY"}
	cmd := c.DoWithin(0, c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List the conversations",
		Long: `List the conversations, or with flags those that fit all of them. LAST is when
the last entry was made, HISTORY what those who come later can read of a group.`,
		Example: "  chatctl admin conversations list --kind group --member ada\n  chatctl admin conversations list --sort -messages",
		Args:    cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) (err error) {
		if member != "" {
			if member, err = cli.Handle(member); err != nil {
				return err
			}
		}
		rows := cli.NewRows(p, columns, func(r api.Conversation) []string {
			return []string{r.Conversation.String(), string(r.Kind), nameOf(r), fmt.Sprint(r.Members), fmt.Sprint(r.Messages),
				r.LastTime.String(), fmt.Sprint(r.Entries), readable(r)}
		})
		return rows.Pages(func(last api.Conversation) ([]api.Conversation, error) {
			return admin.Conversations(ctx, f, member, last.Conversation)
		})
	})
	cli.OneOf(cmd, &f.Kind, "kind", "only those that are `KIND`: direct or group", api.Direct, api.Group)
	cmd.Flags().StringVar(&f.Name, "name", "", "only groups with exactly this `NAME`")
	cmd.Flags().StringVar(&member, "member", "", "only those that `HANDLE` is in")
	return cmd
}

// nameOf is a group's name, or who a direct conversation is between.
func nameOf(c api.Conversation) string {
	if c.Kind != api.Direct {
		return c.Name
	}
	people := make([]string, 0, len(c.People))
	for _, handle := range c.People {
		if handle == "" {
			handle = "(erased)"
		}
		people = append(people, "@"+handle)
	}
	return strings.Join(people, " ")
}

func (c *commands) show() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "show CONVERSATION",
		Short: "Show a conversation",
		Example: `  chatctl admin conversations show ops
  chatctl admin conversations show '@ada @bob'`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		r, err := which(ctx, admin, args[0])
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %s: %s\n%s, %s in %s, the last at %s", r.Kind, r.Conversation, nameOf(r), plural.Of(r.Members, "member"),
			plural.Of(r.Messages, "message"), plural.Of(r.Entries, "entry", "entries"), r.LastTime)
		if later := readable(r); later != "" {
			line += "\nwho comes later reads " + later
		}
		return p.One(r, line)
	})
}

// readable says what those who come later can read; "" where nobody can come.
func readable(c api.Conversation) string {
	switch {
	case c.Kind == api.Direct:
		return ""
	case c.History == api.All:
		return "from the beginning"
	}
	return "since joining"
}

func (c *commands) members() *cobra.Command {
	columns := []string{"=HANDLE", "ROLE", "MEMBERSHIP", "JOINED", "RECEIVED", "READ", "+MEMBER", "+USER"}
	return c.DoWithin(0, c.Lists(&cobra.Command{
		Use:   "members CONVERSATION",
		Short: "List who is or was in a conversation",
		Long: `List who is or was in a conversation. JOINED, RECEIVED and READ are numbers of
entries in it.`,
		Example: "  chatctl admin conversations members ops -o name",
		Args:    cli.Args(1, 1),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		t, err := which(ctx, admin, args[0])
		if err != nil {
			return err
		}
		rows := cli.NewRows(p, columns, func(s api.Seat) []string {
			return []string{s.Handle, string(s.Role), string(s.Membership), fmt.Sprint(s.JoinedSeq), fmt.Sprint(s.ReceivedSeq),
				fmt.Sprint(s.ReadSeq), s.Member.String(), s.User.String()}
		})
		return rows.Pages(func(last api.Seat) ([]api.Seat, error) { return admin.Seats(ctx, t.Conversation, last.Member) })
	})
}
