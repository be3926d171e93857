package app

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// Client makes cmd, which talks to a server as a person: it adds the flags that
// say which, and runs do with a client of that account and the printer.
func (a *App) Client(cmd *cobra.Command, do func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error) *cobra.Command {
	a.ServerFlag(cmd)
	a.ProfileFlag(cmd, "speak for")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := a.Printer()
		if err != nil {
			return err
		}
		c, prof, err := a.open()
		if err != nil {
			return err
		}
		defer c.Close()
		return prof.At(prof.Server, do(cmd.Context(), c, p, args))
	}
	return cmd
}

// open returns a client of the account that the flags name.
func (a *App) open() (*client.Client, cli.Profile, error) {
	prof, err := a.Env.Account(a.Choice)
	if err != nil {
		return nil, prof, err
	}
	c, err := client.New(client.Config{Server: prof.Server, Token: string(prof.Token), ReadOnly: prof.ReadOnly})
	return c, prof, err
}

// Proposing is a source for shells that asks the server as the account that the
// flags name.
func (a *App) Proposing(find func(context.Context, *client.Client, complete.Place) ([]complete.Word, error)) complete.Source {
	return func(ctx context.Context, at complete.Place) ([]complete.Word, error) {
		c, _, err := a.open()
		if err != nil {
			return nil, err
		}
		defer c.Close()
		return find(ctx, c, at)
	}
}

// Reading is Client for a command that only asks: it does not wait for ever.
func (a *App) Reading(cmd *cobra.Command, do func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error) *cobra.Command {
	return a.Client(cmd, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		ctx, cancel := context.WithTimeout(ctx, answered)
		defer cancel()
		err := do(ctx, c, p, args)
		if errors.Is(err, client.ErrUnreachable) { // it had nothing to be accepted
			return &cli.Error{Status: cli.Unreachable, Err: err, Do: "start a server with chatctl serve, or name another with --server URL"}
		}
		return err
	})
}

// answered is how long reading may take in all.
const answered = time.Minute

// ProfileFlag adds --profile, for a command that does what to says with it.
func (a *App) ProfileFlag(cmd *cobra.Command, to string) {
	cmd.Flags().StringVar(&a.Choice.Profile, "profile", "", "the `NAME` of the profile to "+to+" (default: the one in use)")
	complete.Flag(cmd, "profile", complete.Profiles(a.Env))
}

// ServerFlag adds --server.
func (a *App) ServerFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.Choice.Server, "server", "", "the server's `URL` (default: the profile's, else "+cli.DefaultServer+")")
}
