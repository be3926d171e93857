// Package account is the commands for one's own account: how it comes about, how
// it is signed in to and kept as a profile, and how it ends.
//
// One file a noun. Passwords and tokens come from stdin or a terminal, never from
// an argument, and are not printed but where a token is made.
package account

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/cli/inert"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/cmd/chatctl/mailbox"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// commands is what they are built from.
type commands struct{ *app.App }

// Commands are the commands for one's own account.
func Commands(shared *app.App) []*cobra.Command {
	a := &commands{shared}
	profile, all := a.profile(), []*cobra.Command{a.signup(), a.login(), a.logout(), a.whoami(), a.account(), a.sessions(), a.token(), a.api()}
	complete.Under(profile, complete.Table{"NAME": complete.Profiles(a.Env)})
	for _, c := range all {
		complete.Under(c, complete.Table{"SESSION": a.Proposing(sessions), "METHOD": complete.Words("GET", "POST", "PUT", "PATCH", "DELETE")})
	}
	return append(all, profile)
}

func (a *commands) account() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Change, export or erase your account",
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.accountName(), a.accountPresence(), a.accountPassword(), a.accountReset(), a.accountEmail(), a.accountExport(), a.accountErase(), a.claim())
	return cmd
}

func (a *commands) accountName() *cobra.Command {
	return a.Reading(&cobra.Command{
		Use:     "name NAME",
		Short:   "Change the name shown beside your handle",
		Example: "  chatctl account name 'Ada L.'\n  chatctl account name ''            (none)",
		Args:    cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		me, err := c.SetDisplayName(ctx, args[0])
		if err != nil {
			return err
		}
		return p.Done(me, fmt.Sprintf("@%s is shown as %q", me.Handle, me.DisplayName))
	})
}

// changed is what is printed of a change that the server has nothing to tell of.
type changed struct {
	Changed string `json:"changed"`
}

func (a *commands) accountPassword() *cobra.Command {
	var piped bool
	cmd := a.Reading(&cobra.Command{
		Use:   "password",
		Short: "Change your password; your other sessions end",
		Long: `Change your password. Your other sessions end, tokens of bots included: when
this has ended the server refuses whatever still comes from them. Both passwords
are asked for; with --password-stdin they are the first two lines of stdin.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		asker := cli.NewAsker(a.Env)
		old, err := asker.Password(ctx, piped, false)
		if err != nil {
			return err
		}
		if !piped {
			a.Say("And the new one.")
		}
		password, err := asker.Password(ctx, piped, true)
		if err != nil {
			return err
		}
		if err := c.ChangePassword(ctx, string(old), string(password)); err != nil {
			return err
		}
		return p.Done(changed{"password"}, "the password is changed; your other sessions have ended")
	})
	cmd.Flags().BoolVar(&piped, "password-stdin", false, "read the old password and the new one from stdin, a line each")
	return cmd
}

func (a *commands) accountReset() *cobra.Command {
	var email, data string
	var piped bool
	cmd := &cobra.Command{
		Use:   "reset-password",
		Short: "Set a new password with a code that comes by mail",
		Long: `Set a new password with a code that comes by mail, and sign in. All other
sessions end. Where the server runs on this machine with a data directory of
yours, the code is taken from its mailbox. With --password-stdin the new
password is the first line of stdin, and the code, if it is needed, the second.`,
		Args: cli.Args(0, 0),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		ctx, asker := cmd.Context(), cli.NewAsker(a.Env)
		server, err := a.Env.Server(a.Choice)
		if err != nil {
			return err
		}
		profiles, err := a.Env.Profiles()
		if err != nil {
			return err
		}
		if err := profiles.Prepare(); err != nil {
			return err
		}
		if email == "" {
			if email, err = asker.Line(ctx, "E-mail", "--email"); err != nil {
				return err
			}
		}
		password, err := asker.Password(ctx, piped, true)
		if err != nil {
			return err
		}
		c, err := client.New(client.Config{Server: server})
		if err != nil {
			return err
		}
		defer c.Close()
		box, err := mailbox.Open(ctx, a.App, server, data, email)
		if err != nil {
			return err
		}
		if err := c.Forgot(ctx, email); err != nil {
			return cli.At(server, err)
		}
		code, err := box.Code(ctx, asker, piped)
		if err != nil {
			return err
		}
		signed, err := c.Reset(ctx, email, code, string(password))
		if err != nil {
			return err
		}
		return a.keepAs(server, signed)
	}
	a.ServerFlag(cmd)
	a.ProfileFlag(cmd, "keep the sign-in under")
	cmd.Flags().StringVar(&email, "email", "", "your `ADDRESS`")
	cmd.Flags().BoolVar(&piped, "password-stdin", false, "read the new password from the first line of stdin")
	cmd.Flags().StringVar(&data, "data", "", "the data `DIR` of a server of your own, to take the code from (default: CHATCTL_DATA, else the usual one)")
	return cmd
}

func (a *commands) accountEmail() *cobra.Command {
	var data string
	var piped bool
	cmd := a.Client(&cobra.Command{
		Use:   "email ADDRESS",
		Short: "Change your e-mail address; a code goes to the new one",
		Long: `Change your e-mail address. A code goes to the new one; where the server runs on
this machine with a data directory of yours, it is taken from its mailbox. With
--password-stdin the password is the first line of stdin, and the code, if it is
needed, the second.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		asker := cli.NewAsker(a.Env)
		prof, err := a.Env.Account(a.Choice)
		if err != nil {
			return err
		}
		password, err := asker.Password(ctx, piped, false)
		if err != nil {
			return err
		}
		box, err := mailbox.Open(ctx, a.App, prof.Server, data, args[0])
		if err != nil {
			return err
		}
		if err := c.ChangeEmail(ctx, args[0], string(password)); err != nil {
			return err
		}
		code, err := box.Code(ctx, asker, piped)
		if err != nil {
			return err
		}
		if err := c.ConfirmEmail(ctx, args[0], code); err != nil {
			return err
		}
		return p.Done(changed{"email"}, "letters go to "+args[0]+" now")
	})
	cmd.Flags().BoolVar(&piped, "password-stdin", false, "read the password from the first line of stdin")
	cmd.Flags().StringVar(&data, "data", "", "the data `DIR` of a server of your own, to take the code from (default: CHATCTL_DATA, else the usual one)")
	return cmd
}

func (a *commands) accountExport() *cobra.Command {
	return a.Client(&cobra.Command{
		Use:   "export",
		Short: "Write all of your own data to stdout, as one JSON object",
		Long: `Write all of your own data to stdout as one JSON object: your account, its
sessions, whom you block, and your conversations with what you wrote in each.
Only with exit status 0 is it whole.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, _ *cli.Printer, _ []string) error {
		return c.Export(ctx, inert.Writer(a.Env.Stdout))
	})
}
