package main

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/admin"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

// dataDir is the data directory of a server on this machine: the flag,
// CHATCTL_DATA, else the usual one.
func (a *app) dataDir(flag string) (string, error) {
	if dir := cmp.Or(flag, a.env.Getenv("CHATCTL_DATA")); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := embedded.DefaultDir(a.env.Getenv)
	if err != nil {
		return "", &cli.Error{Status: cli.Usage, Err: err}
	}
	return dir, nil
}

// owner is the administration of the server that holds a data directory.
func (a *app) owner(data string) (*adminapi.Client, string, error) {
	dir, err := a.dataDir(data)
	if err != nil {
		return nil, "", err
	}
	socket, err := embedded.FindAdminSocket(dir)
	if err != nil {
		return nil, "", err
	}
	return adminapi.New(socket), dir, nil
}

// administration is that of a data directory, or over the network as an account.
// A profile's token goes only to the host that it came from.
func (a *app) administration(w admin.Where) (*adminapi.Client, string, error) {
	if w.Server == "" {
		return a.owner(w.Data)
	}
	prof, err := a.env.Account(cli.Choice{Server: w.Server, Profile: w.Profile})
	if err != nil {
		return nil, "", err
	}
	c, err := adminapi.NewRemote(client.Config{Server: prof.Server, Token: string(prof.Token)})
	return c, prof.Server, err
}

// claim makes an account the first administrator. It is here and not with the
// administration because nobody has the right to that yet.
func (a *app) claim() *cobra.Command {
	var data string
	var piped bool
	cmd := a.reading(&cobra.Command{
		Use:   "claim-admin",
		Short: "Become the first administrator of a server",
		Long: `Become the first administrator of a server, for the one-time token in its data
directory, which only the directory's owner can read. With --token-stdin it is the
first line of stdin. Later ones are made with chatctl admin users grant HANDLE admin.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		token, err := a.firstToken(ctx, data, piped)
		if err != nil {
			return err
		}
		if err := c.BecomeFirst(ctx, token); err != nil {
			return err
		}
		return p.One(changed{"administrator"}, "you administer this server now")
	})
	cmd.Flags().StringVar(&data, "data", "", "the server's data `DIR` (default: CHATCTL_DATA, else the usual one)")
	cmd.Flags().BoolVar(&piped, "token-stdin", false, "read the token from the first line of stdin")
	return cmd
}

func (a *app) firstToken(ctx context.Context, data string, piped bool) (string, error) {
	if piped {
		return cli.NewLines(a.env.Stdin, 4096).Next(ctx)
	}
	dir, err := a.dataDir(data)
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
