package account

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) accountErase() *cobra.Command {
	var piped bool
	cmd := a.Reading(&cobra.Command{
		Use:   "erase",
		Short: "Erase your account and the text of all your messages, for good",
		Long: `Erase your account, for good. When this has ended nothing can be done with it
any more; soon after, your messages are tombstones for everybody, groups that
you own have another owner, and your handle is nowhere shown. Nobody ever gets
that handle. Copies remain in backups that the server's owner keeps, and in
reports to the administrators, until those are deleted.

On this machine its profiles are forgotten, and what the chat client kept of it
under any of them: drafts, and messages that were not sent or failed.`,
		Args: cli.Args(0, 0),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, _ []string) error {
		prof, err := a.Env.Account(a.Choice)
		if err != nil {
			return err
		}
		password, err := cli.NewAsker(a.Env).Password(ctx, piped, false)
		if err != nil {
			return err
		}
		me, err := c.Me(ctx)
		if err != nil {
			return err
		}
		if err := c.Erase(ctx, string(password)); err != nil {
			return err
		}
		prof.User = me.User // where CHATCTL_TOKEN speaks nobody knew
		if err := forget(a.Env, prof); err != nil {
			return err
		}
		return p.Done(changed{"erased"}, "the account is erased")
	})
	cmd.Flags().BoolVar(&piped, "password-stdin", false, "read the password from the first line of stdin")
	return cmd
}

// forget forgets, of an account that was erased, every profile that speaks for it
// and what the chat client kept of it under any name.
func forget(env cli.Env, of cli.Profile) error {
	profiles, err := env.Profiles()
	if err != nil {
		return err
	}
	all := env.ForgetTalk(of)
	names, err := profiles.List()
	for _, name := range names {
		prof, broken := profiles.Load(name)
		if name == of.Name || broken == nil && prof.User == of.User && cli.SameHost(prof.Server, of.Server) {
			all = errors.Join(all, env.ForgetTalk(cli.Profile{Name: name}), profiles.Remove(name))
		}
	}
	return errors.Join(all, err, forgetFormer(env, profiles, of.User))
}

// forgetFormer erases what was kept of an account under profiles that are
// another's by now. What speaks for a copy of it, on another host, is kept.
func forgetFormer(env cli.Env, profiles cli.Profiles, user api.UserID) error {
	dir, err := env.StateDir()
	if err != nil {
		return nil // nothing could be kept
	}
	dir = filepath.Join(dir, "tui")
	kept, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, k := range kept {
		prof, broken := profiles.Load(strings.TrimPrefix(k.Name(), "@"))
		if broken != nil || prof.User != user {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, k.Name(), user.String())))
		}
	}
	return err
}
