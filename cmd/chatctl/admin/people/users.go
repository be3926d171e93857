package people

import (
	"context"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) users() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "users",
		Short: "Make, find, suspend, grant and erase",
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.usersCreate(), c.usersList(), c.usersShow(),
		c.usersSuspend(),
		c.standing("resume", "Give a suspended account its rights back", (*adminapi.Client).Resume, &desk.Guard{Gives: true}),
		c.usersGrant(), c.usersResetPassword(), c.usersSessions(), c.usersRevoke(),
		c.standing("delete", "Erase an account and the text of all its messages, for good", (*adminapi.Client).Delete, &desk.Guard{Final: true}))
	return cmd
}

func (c *commands) usersCreate() *cobra.Command {
	var u adminapi.NewUser
	var piped bool
	cmd := c.Do(&cobra.Command{
		Use:   "create HANDLE",
		Short: "Make an account",
		Example: `  printf %s "$PASSWORD" | chatctl admin users create ada \
    --email ada@example.org --password-stdin --verified`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) (err error) {
		if u.Handle, err = cli.Handle(args[0]); err != nil {
			return err
		}
		if u.Email == "" {
			return cli.Misused("give --email ADDRESS", "an account needs an e-mail address")
		}
		password, err := cli.NewAsker(c.Env).Password(ctx, piped, true)
		if err != nil {
			return err
		}
		u.Password = string(password)
		user, err := admin.CreateUser(ctx, u)
		if err != nil {
			return err
		}
		return p.Done(user, "made "+line(user))
	})
	cmd.Flags().StringVar(&u.Email, "email", "", "the account's `ADDRESS`")
	cmd.Flags().StringVar(&u.DisplayName, "name", "", "the `NAME` shown beside the handle")
	cmd.Flags().BoolVar(&u.Verified, "verified", false, "take the address as it is: no code is sent")
	cmd.Flags().BoolVar(&piped, "password-stdin", false, "read the password from the first line of stdin")
	return cmd
}

func (c *commands) usersList() *cobra.Command {
	var f api.UserFilter
	columns := []string{"HANDLE", "NAME", "E-MAIL", "STATE", "GRANTS", "SINCE", "+USER"}
	cmd := c.DoWithin(0, c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List the accounts",
		Long: `List the accounts by handle. Each flag keeps fewer of them. An account that is
erased is deleted, under a pseudonym.`,
		Example: "  chatctl admin users list --grant admin\n  chatctl admin users list --state suspended -q example.org",
		Args:    cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		rows := cli.NewRows(p, columns, func(u api.User) []string {
			return []string{u.Handle, u.DisplayName, u.Email, state(u), strings.Join(u.Grants, " "), u.Created.String(), u.User.String()}
		})
		return rows.Pages(func(last api.User) ([]api.User, error) { return admin.Users(ctx, f, last.Handle) })
	})
	cmd.Flags().StringVarP(&f.Text, "query", "q", "", "only those whose handle or address contains `TEXT`")
	cli.OneOf(cmd, &f.State, "state", "only those that are `STATE`: active, suspended or deleted", api.UserActive, api.UserSuspended, api.UserDeleted)
	cli.OneOf(cmd, &f.Grant, "grant", "only those with this `GRANT`: admin or loadtest", api.GrantAdmin, api.GrantLoadTest)
	cmd.Flags().BoolVar(&f.Bots, "bots", false, "only those with a token for a bot in force")
	return cmd
}

func (c *commands) usersShow() *cobra.Command {
	return c.standing("show", "Show an account", (*adminapi.Client).User, nil)
}

// standing is a command that does something to one account and shows it; g, if
// there is one, stands before it.
func (c *commands) standing(verb, short string, do func(*adminapi.Client, context.Context, string) (api.User, error), g *desk.Guard) *cobra.Command {
	cmd := c.Do(&cobra.Command{
		Use:   verb + " HANDLE",
		Short: short,
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		h, err := cli.Handle(args[0])
		if err != nil {
			return err
		}
		if g != nil {
			user, err := admin.User(ctx, h)
			if err != nil {
				return err
			}
			if ok, err := c.Pass(ctx, p, g, verb+" "+line(user)); !ok {
				return err
			}
		}
		user, err := do(admin, ctx, h)
		switch {
		case err != nil:
			return err
		case g == nil:
			return p.One(user, line(user))
		}
		return p.Done(user, line(user))
	})
	if g != nil {
		g.Flags(cmd)
	}
	return cmd
}

func (c *commands) usersGrant() *cobra.Command {
	var revoke bool
	var g desk.Guard
	cmd := c.Do(&cobra.Command{
		Use:   "grant HANDLE GRANT",
		Short: "Give an account a right: admin or loadtest",
		Long: `Give an account a right: admin, to administer the server over the network, or
loadtest, to make throw-away people for a load test. --revoke takes it away.`,
		Example: "  chatctl admin users grant ada admin\n  chatctl admin users grant ada admin --revoke",
		Args:    cli.Args(2, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		h, err := cli.Handle(args[0])
		if err != nil {
			return err
		}
		right := args[1]
		if right != api.GrantAdmin && right != api.GrantLoadTest {
			return cli.Misused("it is admin or loadtest", "there is no GRANT %q", right)
		}
		user, err := admin.User(ctx, h)
		if err != nil {
			return err
		}
		change, what := admin.Grant, "give "+line(user)+" the right "+right
		if g.Gives = !revoke; revoke {
			change, what = admin.Revoke, "take the right "+right+" from "+line(user)
		}
		if has := slices.Contains(user.Grants, right); has != revoke {
			what = "change nothing: that is so already of " + line(user)
		}
		if ok, err := c.Pass(ctx, p, &g, what); !ok {
			return err
		}
		if err := change(ctx, h, right); err != nil {
			return err
		}
		if user, err = admin.User(ctx, h); err != nil {
			return err
		}
		return p.Done(user, line(user))
	})
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take the right away instead")
	return g.Flags(cmd)
}

// oneLine looks at a flag's text for a list, before the server would as at a name.
func oneLine(flag, text string) error {
	if strings.ContainsAny(text, "\r\n") {
		return cli.Misused("write it without line breaks", "%s is one line", flag)
	}
	return nil
}

func line(u api.User) string {
	s := "@" + u.Handle + " (" + u.Email + "), " + state(u)
	if len(u.Grants) > 0 {
		s += ", may " + strings.Join(u.Grants, ", ")
	}
	return s
}

func state(u api.User) string {
	switch {
	case u.Deleted:
		return "deleted"
	case u.Suspended && u.Until != 0:
		return "suspended until " + u.Until.String()
	case u.Suspended:
		return "suspended"
	}
	return "active"
}
