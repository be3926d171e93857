package people

import (
	"context"
	"slices"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) usersResetPassword() *cobra.Command {
	var piped bool
	var g desk.Guard
	cmd := c.Do(&cobra.Command{
		Use:   "reset-password HANDLE",
		Short: "Send an account's address a code for a new password, or set one",
		Long: `Send an account's address a code for a new password: chatctl account
reset-password. With --password-stdin set the password itself, which ends all of
its sessions.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		h, err := cli.Handle(args[0])
		if err != nil {
			return err
		}
		var password cli.Secret
		if piped {
			if password, err = cli.NewAsker(c.Env).Password(ctx, true, false); err != nil {
				return err
			}
		}
		user, err := admin.User(ctx, h)
		if err != nil {
			return err
		}
		what := "send " + line(user) + " a code for a new password"
		switch {
		case piped:
			what = "set another password for " + line(user) + ", which ends all of its sessions"
		case user.Email == "":
			return &cli.Error{Status: cli.Refused, What: "@" + h + " has no address that a code could go to", Do: "set a password with --password-stdin"}
		}
		if ok, err := c.Pass(ctx, p, &g, what); !ok {
			return err
		}
		user, err = admin.ResetPassword(ctx, h, string(password))
		if err != nil {
			return err
		}
		if piped {
			return p.Done(user, "the password of "+line(user)+" is set; its sessions have ended")
		}
		return p.Done(user, "a code is on its way to "+line(user))
	})
	cmd.Flags().BoolVar(&piped, "password-stdin", false, "set the password that is the first line of stdin")
	return g.Flags(cmd)
}

func (c *commands) usersSessions() *cobra.Command {
	return c.Do(c.Lists(&cobra.Command{
		Use:   "sessions HANDLE",
		Short: "List an account's sessions and tokens",
		Args:  cli.Args(1, 1),
	}, cli.SessionColumns()), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		h, err := cli.Handle(args[0])
		if err != nil {
			return err
		}
		list, err := admin.Sessions(ctx, h)
		if err != nil {
			return err
		}
		return cli.Sessions(p, list)
	})
}

func (c *commands) usersRevoke() *cobra.Command {
	var g desk.Guard
	return g.Flags(c.Do(&cobra.Command{
		Use:   "revoke HANDLE [SESSION]",
		Short: "End all of an account's sessions and tokens, or one",
		Args:  cli.Args(1, 2),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		h, err := cli.Handle(args[0])
		if err != nil {
			return err
		}
		var id api.SessionID
		ended := "all sessions"
		if len(args) == 2 {
			if err := id.UnmarshalText([]byte(args[1])); err != nil || id.IsZero() {
				return cli.Misused("see chatctl admin users sessions "+h, "SESSION is the id of a session")
			}
			ended = "the session " + id.String()
		}
		user, err := admin.User(ctx, h)
		if err != nil {
			return err
		}
		if !id.IsZero() {
			list, err := admin.Sessions(ctx, h)
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(list, func(s api.Session) bool { return s.Session == id }) {
				return &cli.Error{Status: cli.Refused, What: "@" + h + " has no session " + id.String(), Do: "see chatctl admin users sessions " + h}
			}
		}
		if ok, err := c.Pass(ctx, p, &g, "end "+ended+" of "+line(user)); !ok {
			return err
		}
		user, err = admin.EndSessions(ctx, h, id)
		if err != nil {
			return err
		}
		return p.Done(user, "ended "+ended+" of "+line(user))
	}))
}
