package talks

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) purge() *cobra.Command {
	g := desk.Guard{Final: true}
	return g.Flags(c.Do(&cobra.Command{
		Use:   "purge CONVERSATION",
		Short: "Delete all messages of a conversation",
		Long: `Delete every message of a conversation up to now, as if each had been deleted:
its members see that it was and who did it, and the conversation goes on. Nobody
reads the texts from then on; the server takes them out of its database right
after. Reports keep their copies until they have expired, as backups do and what
members have copied or exported. Held actions are settled with chatctl admin
held.`,
		Example: "  chatctl admin conversations purge ops --dry-run",
		Args:    cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		r, err := which(ctx, admin, args[0])
		if err != nil {
			return err
		}
		what := fmt.Sprintf("delete all of %s (%s): %s, those that are deleted already among them", nameOf(r), r.Conversation, plural.Of(r.Messages, "message"))
		if ok, err := c.Pass(ctx, p, &g, what); !ok {
			return err
		}
		result, err := admin.Purge(ctx, r.Conversation)
		if err != nil {
			return err
		}
		if result.Seq == 0 {
			return p.Done(result, "no message of "+nameOf(r)+" has a text any more")
		}
		return p.Done(result, fmt.Sprintf("deleted all messages of %s; its members see it as entry %d", nameOf(r), result.Seq))
	}))
}
