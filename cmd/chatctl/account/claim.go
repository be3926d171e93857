package account

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// claim makes an account the first administrator. It is here and not with the
// administration because nobody has the right to that yet.
func (a *commands) claim() *cobra.Command {
	var data string
	var piped bool
	cmd := a.Reading(&cobra.Command{
		Use:   "claim-admin",
		Short: "Become the first administrator of a server",
		Long: `Become the first administrator of a server, for the one-time token that it shows
on its terminal when it starts, and that lies in its data directory, where only
the directory's owner can read it: it is taken from there. With --token-stdin it
is the first line of stdin. A new account becomes it in the form of chatctl tui.
Later ones are made with chatctl admin users grant HANDLE admin.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		token, err := a.firstToken(ctx, data, piped)
		if err != nil {
			return err
		}
		if err := c.BecomeFirst(ctx, token); err != nil {
			return err
		}
		return p.Done(changed{"administrator"}, "you administer this server now")
	})
	cmd.Flags().StringVar(&data, "data", "", "the server's data `DIR` (default: CHATCTL_DATA, else the usual one)")
	cmd.Flags().BoolVar(&piped, "token-stdin", false, "read the token from the first line of stdin")
	return cmd
}

func (a *commands) firstToken(ctx context.Context, data string, piped bool) (string, error) {
	if piped {
		return cli.NewLines(a.Env.Stdin, 4096).Next(ctx)
	}
	dir, err := a.DataDir(data)
	if err != nil {
		return "", err
	}
	b, err := os.ReadFile(embedded.FirstFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return "", &cli.Error{Status: cli.Refused, What: "there is no token for a first administrator in " + dir,
			Do: "where an account administers already, ask it: chatctl admin users grant HANDLE admin"}
	}
	return strings.TrimSpace(string(b)), err
}
