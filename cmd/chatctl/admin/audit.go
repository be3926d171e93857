package admin

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
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
	cmd := c.Do(&cobra.Command{
		Use:   "list",
		Short: "List the changes, oldest first",
		Long: `List the changes, oldest first. The actor is @HANDLE, or owner for who owns the
server's machine; the object is what was changed: a handle, or an id.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		for {
			list, err := admin.Audit(ctx, after, actor, object, page)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, x := range list {
				text := fmt.Sprintf("%s  %s  %s  %s", x.Time, x.Actor, x.Act, x.Object)
				if x.Detail != "" {
					text += "  " + x.Detail
				}
				if err := p.One(x, text); err != nil {
					return err
				}
				after = x.ID
			}
		}
	})
	cmd.Flags().StringVar(&after, "after", "", "only changes after the one with this `ID`")
	cmd.Flags().StringVar(&actor, "actor", "", "only those by `WHO`")
	cmd.Flags().StringVar(&object, "object", "", "only those of `WHAT`")
	return cmd
}
