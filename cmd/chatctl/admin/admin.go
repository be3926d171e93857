// Package admin is the commands for whoever administers a server: the owner of its
// data directory, over the socket in it that nobody else can open, or an account
// with the grant admin, over the network.
//
// One file a noun; those of accounts are people's, those of conversations talks',
// and what all are made from is desk's. Nothing is decided here: the server does,
// and audits it.
package admin

import (
	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/admin/people"
	"github.com/chatctl/chatctl/cmd/chatctl/admin/talks"
	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/spf13/cobra"
)

// commands is what the nouns are built from.
type commands struct {
	*desk.Desk
	root *cobra.Command
}

// Command is `chatctl admin`.
func Command(shared *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "admin",
		Short: "Administer a server",
		Long: `Administer a server that runs on this machine, over the socket in its data
directory: who can open that is its owner, so no account and no password is
needed. With --server URL it is a server that was started with --admin-listen,
as an account that has the grant admin. Every change is written down: chatctl
admin audit list.`,
	}
	cli.Parent(cmd)
	c := &commands{Desk: desk.New(shared, cmd), root: cmd}
	cmd.AddCommand(people.Commands(c.Desk)...)
	cmd.AddCommand(c.audit(), c.mail(), c.held(), c.reports(), talks.Command(c.Desk), c.connections(), c.why(), c.whoami(), c.canI(), c.wait(), c.config(), c.backup(), c.stats(), c.schema())
	complete.Under(cmd, c.proposals())
	return cmd
}
