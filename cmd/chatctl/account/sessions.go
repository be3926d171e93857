package account

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) sessions() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "List and revoke your sign-ins and tokens",
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.sessionsList(), a.sessionsRevoke())
	return cmd
}

func (a *commands) sessionsList() *cobra.Command {
	return a.Reading(a.Lists(&cobra.Command{
		Use:   "list",
		Short: "List your sessions, the last used first",
		Args:  cli.Args(0, 0),
	}, cli.SessionColumns()), func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		list, err := c.Sessions(ctx)
		if err != nil {
			return err
		}
		return cli.Sessions(p, list)
	})
}

// sessions proposes one's own.
func sessions(ctx context.Context, c *client.Client, _ complete.Place) (out []complete.Word, _ error) {
	list, err := c.Sessions(ctx)
	for _, s := range list {
		out = append(out, complete.Word{Word: s.Session.String(), About: s.Name})
	}
	return out, err
}

// ended is what is printed of a session that was revoked.
type ended struct {
	Session api.SessionID `json:"session"`
}

func (a *commands) sessionsRevoke() *cobra.Command {
	return a.Reading(&cobra.Command{
		Use:   "revoke SESSION",
		Short: "End a session; the server refuses whatever still comes from it",
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		var id api.SessionID
		if err := id.UnmarshalText([]byte(args[0])); err != nil {
			return cli.Misused("see chatctl sessions list", "SESSION is the id of a session: %v", err)
		}
		if err := c.EndSession(ctx, id); err != nil {
			return err
		}
		return p.Done(ended{id}, "ended the session "+id.String())
	})
}

func (a *commands) token() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make tokens for bots",
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.tokenCreate())
	return cmd
}

func (a *commands) tokenCreate() *cobra.Command {
	return a.Reading(&cobra.Command{
		Use:   "create NAME",
		Short: "Make a token that a bot signs in with, and print it this once",
		Long: `Make a token that a bot signs in with, and print it: it is not shown again. Put
it into the bot's CHATCTL_TOKEN. It does not expire; see it with chatctl
sessions list, and end it with chatctl sessions revoke.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		made, err := c.CreateToken(ctx, args[0])
		if err != nil {
			return err
		}
		a.Say("The token of session %s. Keep it: it is not shown again.", made.Session)
		return p.One(made, fmt.Sprint(made.Token))
	})
}
