// Package people is the commands of admin for accounts: what they are done to,
// their sessions and passwords, and the invites that let people make one.
package people

import (
	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/spf13/cobra"
)

// commands is what the nouns are built from.
type commands struct{ *desk.Desk }

// Commands are `chatctl admin users` and `chatctl admin invites`.
func Commands(d *desk.Desk) []*cobra.Command {
	c := &commands{d}
	return []*cobra.Command{c.users(), c.invites()}
}
