// Package admin is the commands for whoever administers a server: the owner of its
// data directory, over the socket in it that nobody else can open, or an account
// with the grant admin, over the network.
//
// One file a noun. Nothing is decided here: the server does, and audits it.
package admin

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

// commands is what the nouns are built from.
type commands struct {
	*app.App
	where where
	at    string // what the server asked is called
	root  *cobra.Command

	readOnly bool // the profile that asks may change nothing
}

// where says which server to administer, and as whom.
type where struct {
	Data    string // the data directory; empty: the usual one
	Server  string // the administration's URL; empty: the socket in the data directory
	Profile string // who asks Server; empty: the one in use
}

// Command is `chatctl admin`.
func Command(shared *app.App) *cobra.Command {
	c := &commands{App: shared}
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Administer a server",
		Long: `Administer a server that runs on this machine, over the socket in its data
directory: who can open that is its owner, so no account and no password is needed.
With --server URL it is a server that was started with --admin-listen, as an account
that has the grant admin. Every change is written down: chatctl admin audit list.`,
	}
	c.root = cmd
	cli.Parent(cmd)
	cmd.PersistentFlags().StringVar(&c.where.Data, "data", "", "the server's data `DIR` (default: CHATCTL_DATA, else the usual one)")
	cmd.PersistentFlags().StringVar(&c.where.Server, "server", "", "the `URL` of a server's administration, instead of a data directory")
	cmd.PersistentFlags().StringVar(&c.where.Profile, "profile", "", "with --server: the `NAME` of the profile to speak for (default: the one in use)")
	cmd.PersistentFlags().StringSliceVar(&c.Columns, "columns", nil, "the `COLUMNS` of a list to show, as its first line names them")
	cmd.PersistentFlags().StringVar(&c.Sort, "sort", "", "the `COLUMN` to sort a list by; with a - before it downwards")
	cmd.AddCommand(c.users(), c.invites(), c.audit(), c.mail(), c.held(), c.reports(), c.conversations(), c.connections(), c.whoami(), c.canI(), c.wait(), c.config(), c.backup(), c.stats())
	return cmd
}

// answered is how long most commands may wait in all.
const answered = time.Minute

// do makes cmd a command that asks the server.
func (c *commands) do(cmd *cobra.Command, ask func(context.Context, *adminapi.Client, *cli.Printer, []string) error) *cobra.Command {
	return c.doWithin(answered, cmd, ask)
}

// doWithin is do for what may take longer; 0 is as long as it takes.
func (c *commands) doWithin(most time.Duration, cmd *cobra.Command, ask func(context.Context, *adminapi.Client, *cli.Printer, []string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := c.Printer()
		if err != nil {
			return err
		}
		admin, name, err := c.connect()
		if err != nil {
			return err
		}
		defer admin.Close()
		c.at = name
		ctx := cmd.Context()
		if most > 0 {
			within, cancel := context.WithTimeout(ctx, most)
			defer cancel()
			ctx = within
		}
		err = ask(ctx, admin, p, args)
		if errors.Is(err, client.ErrUnreachable) {
			do := "start it: chatctl serve --data " + name + "; or name another directory with --data"
			if c.where.Server != "" {
				do = "start it with --admin-listen HOST:PORT, or name another with --server"
			}
			return &cli.Error{Status: cli.Unreachable, What: "no server answers for " + name, Err: err, Do: do}
		}
		return err
	}
	return cmd
}
