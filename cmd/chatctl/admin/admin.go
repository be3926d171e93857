// Package admin is the commands for whoever owns a server's data directory: they
// talk to the administration socket in it, which nobody else can open.
//
// One file a noun. Nothing is decided here: the server does, and audits it.
package admin

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// commands is what the nouns are built from.
type commands struct {
	env     cli.Env
	printer func() (*cli.Printer, error)
	connect Connect
	data    string // --data
}

// Connect returns a client of the server that holds a data directory, data or
// where that is empty the usual one, and the directory's path.
type Connect func(data string) (c *client.Admin, dir string, err error)

// Command is `chatctl admin`, which prints through printer.
func Command(env cli.Env, printer func() (*cli.Printer, error), connect Connect) *cobra.Command {
	c := &commands{env: env, printer: printer, connect: connect}
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Administer a server on this machine",
		Long: `Administer a server that runs on this machine, over the socket in its data
directory: who can open that is its owner, so no account and no password is needed.`,
	}
	cli.Parent(cmd)
	cmd.PersistentFlags().StringVar(&c.data, "data", "", "the server's data `DIR` (default: CHATCTL_DATA, else the usual one)")
	cmd.AddCommand(c.users(), c.mail(), c.held(), c.reports(), c.config(), c.backup(), c.stats())
	return cmd
}

// answered is how long most commands may wait in all.
const answered = time.Minute

// do makes cmd a command that asks the server.
func (c *commands) do(cmd *cobra.Command, ask func(context.Context, *client.Admin, *cli.Printer, []string) error) *cobra.Command {
	return c.doWithin(answered, cmd, ask)
}

// doWithin is do for what may take longer; 0 is as long as it takes.
func (c *commands) doWithin(most time.Duration, cmd *cobra.Command, ask func(context.Context, *client.Admin, *cli.Printer, []string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := c.printer()
		if err != nil {
			return err
		}
		admin, dir, err := c.connect(c.data)
		if err != nil {
			return err
		}
		defer admin.Close()
		ctx := cmd.Context()
		if most > 0 {
			within, cancel := context.WithTimeout(ctx, most)
			defer cancel()
			ctx = within
		}
		err = ask(ctx, admin, p, args)
		if errors.Is(err, client.ErrUnreachable) {
			return &cli.Error{Status: cli.Unreachable, What: "no server answers for " + dir, Err: err,
				Do: "start it: chatctl serve --data " + dir + "; or name another directory with --data"}
		}
		return err
	}
	return cmd
}
