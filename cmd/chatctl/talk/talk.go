// Package talk is the commands that people and scripts talk with: send, watch,
// history, groups and blocks.
//
// One file a noun or a verb. What a message's way is, and what it means when its
// outcome is not known, is server/client's; here it is put into words and exit
// statuses.
package talk

import (
	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/spf13/cobra"
)

// commands is what they are built from.
type commands struct{ *app.App }

// Commands are the commands to talk with.
func Commands(shared *app.App) []*cobra.Command {
	a := &commands{shared}
	all := []*cobra.Command{a.send(), a.edit(), a.delete(), a.history(), a.watch(), a.report(), a.block(), a.unblock(), a.group()}
	for _, c := range all {
		complete.Under(c, a.proposals())
	}
	return all
}
