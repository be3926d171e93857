package admin

import (
	"cmp"
	"context"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) audit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "See what administrators changed",
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.auditList())
	return cmd
}

func (c *commands) auditList() *cobra.Command {
	var after, actor, object string
	columns := []string{"TIME", "ACTOR", "ACT", "OBJECT", "DETAIL", "+=ID"}
	cmd := c.Do(c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List the changes, oldest first",
		Long: `List the changes, oldest first. The actor is @HANDLE, or owner for who owns the
server's machine; the object is what was changed: a handle, or an id.

An entry of an account or an invite is made together with the change. Every
other one is made before the change is tried, so that there is none without an
entry: it may have been refused.`,
		Args: cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		rows := cli.NewRows(p, columns, func(x api.Audited) []string {
			return []string{x.Time.String(), x.Actor, x.Act, x.Object, x.Detail, x.ID}
		})
		return rows.Pages(func(last api.Audited) ([]api.Audited, error) {
			return admin.Audit(ctx, cmp.Or(last.ID, after), actor, object, page)
		})
	})
	cmd.Flags().StringVar(&after, "after", "", "only changes after the one with this `ID`")
	cmd.Flags().StringVar(&actor, "actor", "", "only those by `WHO`")
	cmd.Flags().StringVar(&object, "object", "", "only those of `WHAT`")
	return cmd
}
