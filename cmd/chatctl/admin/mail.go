package admin

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

// page is how much is asked for at once of a list that is read whole.
const page = 100

func (c *commands) mail() *cobra.Command {
	var to string
	cmd := c.Do(&cobra.Command{
		Use:   "mail",
		Short: "Show the letters that no mail server was there to send",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		for after := int64(0); ; {
			letters, err := admin.Mail(ctx, to, after, page)
			if err != nil || len(letters) == 0 {
				return err
			}
			for _, l := range letters {
				if err := p.One(l, letter(l)); err != nil {
					return err
				}
				after = l.Number
			}
		}
	})
	cmd.Flags().StringVar(&to, "to", "", "only letters to this `ADDRESS`")
	return cmd
}

func letter(l api.Letter) string {
	return fmt.Sprintf("%d  %s  to %s  %s\n%s", l.Number, l.Time, l.To, l.Subject, l.Text)
}
