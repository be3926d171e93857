// Package talks is the commands of admin for conversations: which there are, who
// is in them, and what is settled in them that their members cannot settle.
package talks

import (
	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

// commands is what the noun is built from.
type commands struct{ *desk.Desk }

// Command is `chatctl admin conversations`.
func Command(d *desk.Desk) *cobra.Command {
	c := &commands{d}
	cmd := &cobra.Command{
		Use:   "conversations",
		Short: "See who talks with whom, and settle what members cannot",
		Long: `See which conversations there are, who is in them and how much was written. What
was written is not shown to administrators; reported messages are, with reports.
CONVERSATION is the id of one, a group's name if no other has it, or both people
of a direct one, as list shows them: '@ada @bob'.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.list(), c.show(), c.members(), c.handOver(), c.purge())
	return cmd
}
