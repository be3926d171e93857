package admin

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings of the server that runs",
	}
	cli.Parent(cmd)
	columns := []string{"SETTING", "VALUE", "FROM"}
	cmd.AddCommand(c.Do(c.Lists(&cobra.Command{
		Use:   "show",
		Short: "Show the settings in force, and where each is from",
		Args:  cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		settings, err := admin.Settings(ctx)
		if err != nil {
			return err
		}
		return cli.Table(p, columns, settings, func(s api.Setting) []string {
			return []string{s.Name, s.Value + strings.Join(s.Values, ", "), s.Origin}
		})
	}))
	return cmd
}
