// Package desk is what every command of admin is made from: which server it is
// for and as whom, how long it may wait, and what stands before one that takes
// something away.
//
// It knows no noun. A Desk belongs to one run of chatctl, which is one goroutine.
package desk

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

// Desk is the world of an admin command: the server that its flags name.
type Desk struct {
	*app.App
	Data   string // --data, the data directory; empty: the usual one
	Server string // --server, the administration's URL; empty: the socket in the data directory

	// At is what the server is called, and ReadOnly whether the profile that
	// asks may change nothing; both from when a command of Do runs.
	At       string
	ReadOnly bool

	profile string      // who asks Server; empty: the one in use
	asker   cli.Profile // that one, as it signed in
}

// New returns a desk whose server the flags that it adds to admin say.
func New(shared *app.App, admin *cobra.Command) *Desk {
	d := &Desk{App: shared}
	flags := admin.PersistentFlags()
	flags.StringVar(&d.Data, "data", "", "the server's data `DIR` (default: CHATCTL_DATA, else the usual one)")
	flags.StringVar(&d.Server, "server", "", "the `URL` of a server's administration, instead of a data directory")
	flags.StringVar(&d.profile, "profile", "", "with --server: the `NAME` of the profile to speak for (default: the one in use)")
	complete.Flag(admin, "profile", complete.Profiles(d.Env))
	return d
}

// answered is how long most commands may wait in all.
const answered = time.Minute

// Do makes cmd a command that asks the server.
func (d *Desk) Do(cmd *cobra.Command, ask func(context.Context, *adminapi.Client, *cli.Printer, []string) error) *cobra.Command {
	return d.DoWithin(answered, cmd, ask)
}

// DoWithin is Do for what may take longer; 0 is as long as it takes.
func (d *Desk) DoWithin(most time.Duration, cmd *cobra.Command, ask func(context.Context, *adminapi.Client, *cli.Printer, []string) error) *cobra.Command {
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p, err := d.Printer()
		if err != nil {
			return err
		}
		admin, name, err := d.connect()
		if err != nil {
			return err
		}
		defer admin.Close()
		d.At = name
		ctx := cmd.Context()
		if most > 0 {
			within, cancel := context.WithTimeout(ctx, most)
			defer cancel()
			ctx = within
		}
		err = ask(ctx, admin, p, args)
		if d.Server != "" && cli.IsProblem(err, "not_found") && !administers(ctx, admin) {
			return &cli.Error{Status: cli.Refused, What: "no administration at " + name, Err: err, Do: "name the address of serve --admin-listen with --server, not the one for clients"}
		}
		var untrusted *client.TLSError
		if errors.Is(err, client.ErrUnreachable) && !errors.As(err, &untrusted) {
			do := "start it: chatctl serve --data " + name + "; or name another directory with --data"
			if d.Server != "" {
				do = "start it with --admin-listen HOST:PORT, or name another with --server"
			}
			return &cli.Error{Status: cli.Unreachable, What: "no server answers for " + name, Err: err, Do: do}
		}
		return d.asker.At(name, err)
	}
	return cmd
}

// administers tells whether the routes of administration are at admin's address at all.
func administers(ctx context.Context, admin *adminapi.Client) bool {
	_, err := admin.WhoAmI(ctx)
	return !cli.IsProblem(err, "not_found")
}
