package account

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) logout() *cobra.Command {
	return a.Reading(&cobra.Command{
		Use:   "logout",
		Short: "End the session, and forget its profile",
		Long: `End the session, and forget its profile. When this has ended the server refuses
whatever still comes from the session. Drafts and what was not sent are erased.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		prof, err := a.Env.Account(a.Choice)
		if err != nil {
			return err
		}
		if err := c.SignOut(ctx); err != nil && !cli.IsProblem(err, "signed_out") {
			return err
		}
		if err := a.Env.ForgetTalk(prof); err != nil {
			return err
		}
		if prof.Name == "" { // CHATCTL_TOKEN
			return p.Done(loggedOut{}, "signed out")
		}
		profiles, err := a.Env.Profiles()
		if err != nil {
			return err
		}
		if err := profiles.Remove(prof.Name); err != nil {
			return err
		}
		return p.Done(loggedOut{prof.Name}, "signed out; profile "+prof.Name+" is forgotten")
	})
}

type loggedOut struct {
	Profile string `json:"profile,omitempty"`
}

func (a *commands) whoami() *cobra.Command {
	return a.Reading(&cobra.Command{
		Use:   "whoami",
		Short: "Show which account commands speak for",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		prof, err := a.Env.Account(a.Choice)
		if err != nil {
			return err
		}
		me, err := c.Me(ctx)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("@%s at %s", me.Handle, prof.Server)
		if prof.Name != "" {
			line += ", profile " + prof.Name
		}
		return p.One(me, line)
	})
}
