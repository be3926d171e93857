package account

import (
	"cmp"
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// sessionName is what the list of a person's sessions calls those of this program.
const sessionName = "chatctl"

func (a *commands) login() *cobra.Command {
	var handle string
	var piped bool
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in, and keep it as a profile",
		Long: `Sign in to an account, and keep the sign-in as a profile (mode 0600) that later
commands speak for. The password is asked for, or read from stdin.`,
		Example: `  chatctl login --server https://chat.example.org --handle ada
  printf %s "$PASSWORD" | chatctl login --handle ada --password-stdin`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, asker := cmd.Context(), cli.NewAsker(a.Env)
			in, err := a.newcomer(ctx, asker, handle)
			if err != nil {
				return err
			}
			password, err := asker.Password(ctx, piped, false)
			if err != nil {
				return err
			}
			signed, err := in.c.SignIn(ctx, in.handle, string(password), sessionName)
			if err != nil {
				return cli.At(in.server, err)
			}
			return a.keep(in, signed)
		},
	}
	a.newcomerFlags(cmd, &handle, &piped)
	return cmd
}

// newcomer is who signs in or up, where, and under which name it will be kept.
type newcomer struct {
	c               *client.Client
	server          string
	handle, profile string
}

func (a *commands) newcomerFlags(cmd *cobra.Command, handle *string, piped *bool) {
	cmd.Flags().StringVar(&a.Choice.Server, "server", "", "the server's `URL` (default "+cli.DefaultServer+")")
	cmd.Flags().StringVar(&a.Choice.Profile, "profile", "", "the `NAME` to keep it under (default: the handle)")
	complete.Flag(cmd, "profile", complete.Profiles(a.Env))
	cmd.Flags().StringVar(handle, "handle", "", "the account's `HANDLE`")
	cmd.Flags().BoolVar(piped, "password-stdin", false, "read the password from the first line of stdin")
}

// newcomer settles everything but the password, so that a wrong flag is told before it is typed.
func (a *commands) newcomer(ctx context.Context, asker *cli.Asker, handle string) (in newcomer, err error) {
	if in.server, err = a.Env.Server(a.Choice); err != nil {
		return in, err
	}
	if handle == "" {
		if handle, err = asker.Line(ctx, "Handle", "--handle"); err != nil {
			return in, err
		}
	}
	if in.handle, err = cli.Handle(handle); err != nil {
		return in, err
	}
	chosen := cmp.Or(a.Choice.Profile, a.Env.Getenv("CHATCTL_PROFILE"))
	in.profile = cmp.Or(chosen, in.handle)
	profiles, err := a.Env.Profiles()
	if err != nil {
		return in, err
	}
	if err := profiles.Free(in.profile, in.server, chosen != ""); err != nil {
		return in, err
	}
	if err := profiles.Prepare(); err != nil {
		return in, err
	}
	in.c, err = client.New(client.Config{Server: in.server})
	return in, err
}

// signedIn is what is printed of a sign-in: without its token.
type signedIn struct {
	Profile string        `json:"profile"`
	Server  string        `json:"server"`
	Handle  string        `json:"handle"`
	User    api.UserID    `json:"user"`
	Session api.SessionID `json:"session"`
}

// keepAs keeps a sign-in whose handle is known only now.
func (a *commands) keepAs(server string, signed api.SignedIn) error {
	chosen := cmp.Or(a.Choice.Profile, a.Env.Getenv("CHATCTL_PROFILE"))
	in := newcomer{server: server, handle: signed.Handle, profile: cmp.Or(chosen, signed.Handle)}
	profiles, err := a.Env.Profiles()
	if err != nil {
		return err
	}
	if err := profiles.Free(in.profile, server, chosen != ""); err != nil {
		return err
	}
	return a.keep(in, signed)
}

// keep saves a sign-in as the profile in use, and says so.
func (a *commands) keep(in newcomer, signed api.SignedIn) error {
	profiles, err := a.Env.Profiles()
	if err != nil {
		return err
	}
	kept, err := profiles.Save(cli.Profile{
		Name: in.profile, Server: in.server, Handle: signed.Handle, User: signed.User, Session: signed.Session, Token: cli.Secret(signed.Token),
	})
	if err != nil {
		return err
	}
	p, err := a.Printer()
	if err != nil {
		return err
	}
	line := fmt.Sprintf("signed in to %s as @%s; kept as profile %s", in.server, signed.Handle, in.profile)
	if kept.ReadOnly {
		line += ", which is read-only still; to lift that: chatctl profile read-only " + in.profile + " --off"
	}
	return p.Done(signedIn{in.profile, in.server, signed.Handle, signed.User, signed.Session}, line)
}
