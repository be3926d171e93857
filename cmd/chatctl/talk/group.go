package talk

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) group() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "group",
		Short: "Make groups, and manage who is in them",
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.groupCreate(), a.groupAdd(), a.groupRemove(), a.groupRole(), a.groupRename(), a.groupLeave(), a.groupList(), a.groupMembers())
	return cmd
}

func (a *commands) groupCreate() *cobra.Command {
	history := api.SinceJoin
	cmd := a.acting(&cobra.Command{
		Use:   "create NAME [@HANDLE…]",
		Short: "Make a group, with these people in it",
		Args:  cli.Args(1, -1),
	}, func(_ context.Context, _ *client.Client, args []string) ([]api.Action, error) {
		if err := groupName(args[0]); err != nil {
			return nil, err
		}
		members, err := handlesOf(args[1:])
		return []api.Action{{Type: api.CreateGroup, Name: args[0], History: history, Members: members}}, err
	})
	cli.OneOf(cmd, &history, "history", "what those who come later can read: since_join, or `all`", api.SinceJoin, api.All)
	return cmd
}

func (a *commands) groupAdd() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "add GROUP @HANDLE…",
		Short: "Add people to a group",
		Args:  cli.Args(2, -1),
	}, func(ctx context.Context, c *client.Client, args []string) ([]api.Action, error) {
		handles, err := handlesOf(args[1:])
		if err != nil {
			return nil, err
		}
		id, err := groupOf(ctx, c, args[0])
		if err != nil {
			return nil, err
		}
		var actions []api.Action
		for _, h := range handles {
			actions = append(actions, api.Action{Type: api.AddMember, Conversation: id, To: h})
		}
		return actions, nil
	})
}

func (a *commands) groupRemove() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "remove GROUP @HANDLE",
		Short: "Remove a person from a group that you own or administer",
		Args:  cli.Args(2, 2),
	}, onMember(func([]string) api.Action { return api.Action{Type: api.RemoveMember} }))
}

func (a *commands) groupRole() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "role GROUP @HANDLE owner|admin|member",
		Short: "Give a person a role in a group that you own",
		Long: `Give a person a role in a group that you own. An admin renames the group,
deletes messages and removes members; making somebody the owner hands the group
over, and makes you an admin.`,
		Args: cli.Args(3, 3),
	}, onMember(func(args []string) api.Action { return api.Action{Type: api.SetRole, Role: api.Role(args[2])} }))
}

// onMember plans an action on the member that the arguments GROUP and @HANDLE name.
func onMember(action func(args []string) api.Action) func(context.Context, *client.Client, []string) ([]api.Action, error) {
	return func(ctx context.Context, c *client.Client, args []string) ([]api.Action, error) {
		handle, err := cli.Handle(args[1])
		if err != nil {
			return nil, err
		}
		id, err := groupOf(ctx, c, args[0])
		if err != nil {
			return nil, err
		}
		member, err := memberOf(ctx, c, id, handle)
		a := action(args)
		a.Conversation, a.Member = id, member
		return []api.Action{a}, err
	}
}

func (a *commands) groupRename() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "rename GROUP NAME",
		Short: "Rename a group that you own or administer",
		Args:  cli.Args(2, 2),
	}, func(ctx context.Context, c *client.Client, args []string) ([]api.Action, error) {
		if err := groupName(args[1]); err != nil {
			return nil, err
		}
		id, err := groupOf(ctx, c, args[0])
		return []api.Action{{Type: api.RenameGroup, Conversation: id, Name: args[1]}}, err
	})
}

func (a *commands) groupLeave() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "leave GROUP",
		Short: "Leave a group; what you could read stays readable",
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, args []string) ([]api.Action, error) {
		id, err := groupOf(ctx, c, args[0])
		return []api.Action{{Type: api.LeaveGroup, Conversation: id}}, err
	})
}

func (a *commands) groupList() *cobra.Command {
	columns := []string{"NAME", "=ID", "ROLE", "UNREAD", "MEMBERSHIP"}
	return a.Reading(a.Lists(&cobra.Command{
		Use:   "list",
		Short: "List your groups",
		Args:  cli.Args(0, 0),
	}, columns), func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		heads, err := c.Conversations(ctx)
		if err != nil {
			return err
		}
		var groups []api.Head
		for _, h := range heads {
			if h.Kind == api.Group {
				groups = append(groups, h)
			}
		}
		return cli.Table(p, columns, groups, func(h api.Head) []string {
			return []string{h.Name, h.Conversation.String(), string(h.Role), fmt.Sprint(h.LastOrd - h.ReadOrd), string(h.Membership)}
		})
	})
}

func (a *commands) groupMembers() *cobra.Command {
	columns := []string{"=HANDLE", "ROLE", "MEMBERSHIP", "RECEIVED", "READ", "+MEMBER"}
	return a.Reading(a.Lists(&cobra.Command{
		Use:   "members GROUP",
		Short: "List who is or was in a group",
		Long: `List who is or was in a group. RECEIVED and READ are numbers of messages in it,
as history shows them.`,
		Args: cli.Args(1, 1),
	}, columns), func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		id, err := groupOf(ctx, c, args[0])
		if err != nil {
			return err
		}
		members, err := c.Members(ctx, id)
		if err != nil {
			return err
		}
		return cli.Table(p, columns, members, func(m api.Member) []string {
			return []string{m.Handle, string(m.Role), string(m.Membership), fmt.Sprint(m.ReceivedSeq), fmt.Sprint(m.ReadSeq), m.Member.String()}
		})
	})
}

// groupName looks at a name to give to a group. One that begins with @ the
// server takes, but as a TO it would be a person.
func groupName(name string) error {
	if err := text.Name(name, api.MaxName); err != nil {
		return cli.Misused("", "%q cannot name a group: %v", name, err)
	}
	if strings.HasPrefix(name, "@") {
		return cli.Misused("begin with something else: @ begins a person", "%q cannot name a group", name)
	}
	return nil
}

// groupOf reads a GROUP argument, which is a TO without the people.
func groupOf(ctx context.Context, c *client.Client, arg string) (api.ConversationID, error) {
	to, err := resolve(ctx, c, arg)
	if err == nil && to.handle != "" {
		err = cli.Misused("give the group's name or id", "%q is a person", arg)
	}
	return to.conversation, err
}

// memberOf finds the member that handle is in a group.
func memberOf(ctx context.Context, c *client.Client, id api.ConversationID, handle string) (api.MemberID, error) {
	members, err := c.Members(ctx, id)
	if err != nil {
		return api.MemberID{}, err
	}
	for _, m := range members {
		if m.Handle == handle && m.Membership == api.Present {
			return m.Member, nil
		}
	}
	return api.MemberID{}, &cli.Error{Status: cli.Refused, What: "@" + handle + " is not in the group", Do: "see who is: chatctl group members " + id.String()}
}
