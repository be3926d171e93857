package main

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// client makes cmd, which talks to a server as a person: it adds the flags that
// say which, and runs do with a client of that account and the printer.
func (a *app) client(cmd *cobra.Command, do func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error) *cobra.Command {
	a.serverFlag(cmd)
	a.profileFlag(cmd, "speak for")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := a.printer()
		if err != nil {
			return err
		}
		prof, err := a.env.Account(a.choice)
		if err != nil {
			return err
		}
		c, err := client.New(client.Config{Server: prof.Server, Token: string(prof.Token)})
		if err != nil {
			return err
		}
		defer c.Close()
		return do(cmd.Context(), c, p, args)
	}
	return cmd
}

// reading is client for a command that only asks: it does not wait for ever.
func (a *app) reading(cmd *cobra.Command, do func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error) *cobra.Command {
	return a.client(cmd, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		ctx, cancel := context.WithTimeout(ctx, answered)
		defer cancel()
		return do(ctx, c, p, args)
	})
}

// answered is how long reading may take in all.
const answered = time.Minute

func (a *app) profileFlag(cmd *cobra.Command, to string) {
	cmd.Flags().StringVar(&a.choice.Profile, "profile", "", "the `NAME` of the profile to "+to+" (default: the one in use)")
}

func (a *app) serverFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.choice.Server, "server", "", "the server's `URL` (default: the profile's, else "+cli.DefaultServer+")")
}
