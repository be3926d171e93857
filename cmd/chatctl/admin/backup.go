package admin

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/backup"
	"github.com/chatctl/chatctl/server/backup/stage"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) backup() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Make, check and restore backups",
		Long: `Make, check and restore backups. The running server makes one, while people
talk; checking and restoring need no server. A backup is a directory that is
there whole or not at all. What was answered before it began is in it.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.backupCreate(), c.backupCheck(), c.backupRestore(), c.backupErased())
	return cmd
}

func (c *commands) backupCreate() *cobra.Command {
	return c.DoWithin(0, &cobra.Command{
		Use:   "create DIR",
		Short: "Back the running server up",
		Long: `Back the running server up into DIR, which must be new, or empty. The server
itself writes it, as DIR.partial until it is whole and synced. A kill on the way
leaves that, for the next create of the same DIR to clear; nothing lies in DIR.`,
		Example: "  chatctl admin backup create /backups/2026-11-24",
		Args:    cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		dir, err := filepath.Abs(args[0])
		if err != nil {
			return err
		}
		b, err := admin.Backup(ctx, dir)
		if err != nil {
			return err
		}
		return p.Done(b, "backed up "+contents(b)+"\nin "+b.Dir)
	})
}

func (c *commands) backupCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Check that a backup is whole",
		Long: `Read a backup and check every digest, page and count, that every conversation is
complete, and that everybody in one has an account. No server is needed.`,
		Args: cli.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.Printer()
			if err != nil {
				return err
			}
			m, err := backup.Check(cmd.Context(), args[0])
			if err != nil {
				return &cli.Error{Status: cli.Refused, Err: err, Do: "do not rely on it: make another with chatctl admin backup create"}
			}
			b := m.Summary(args[0])
			return p.One(b, "whole: "+contents(b)+"\nas of "+b.Time.String()+", made by chatctl "+b.Version)
		},
	}
}

func (c *commands) backupRestore() *cobra.Command {
	var lists []string
	var force bool
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "Make a new data directory of a backup",
		Long: `Check a backup and make a data directory of it, which must be new, or empty; no
server runs there. Everybody has to sign in again, clients read their
conversations anew, and who was erased stays erased: accounts in the backup's
erased.jsonl, and in each file named with --erased, are erased again.`,
		Example: "  chatctl admin backup restore /backups/2026-11-24 --data /var/lib/chatctl",
		Args:    cli.Args(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.restore(cmd.Context(), args[0], lists, force)
		},
	}
	cmd.Flags().StringArrayVar(&lists, "erased", nil, "also erase the accounts listed in `FILE`: a newer list than the backup's")
	cmd.Flags().BoolVar(&force, "force", false, "also on a network or memory file system")
	return cmd
}

// restored is what is printed of a restore.
type restored struct {
	Data string     `json:"data"`
	From api.Backup `json:"backup"`
}

func (c *commands) restore(ctx context.Context, dir string, lists []string, force bool) error {
	p, err := c.Printer()
	if err != nil {
		return err
	}
	if c.Server != "" {
		return cli.Misused("run it there, with --data DIR", "a backup is restored on the server's machine")
	}
	data, err := c.DataDir(c.Data)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(c.Env.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var m backup.Manifest
	err = embedded.Fill(data, force, log, func(chatDB, accountsDB string) (err error) {
		m, err = backup.Restore(ctx, dir, backup.Target{ChatDB: chatDB, AccountsDB: accountsDB}, lists, log)
		return err
	})
	switch {
	case errors.Is(err, stage.ErrTaken):
		return &cli.Error{Status: cli.Refused, Err: err, Do: "a restore never overwrites: name a new directory with --data, or move this one away"}
	case err != nil:
		return &cli.Error{Status: cli.Refused, What: "nothing was restored", Err: err, Do: "name a backup that is whole, and a new directory of this user's with --data"}
	}
	b := m.Summary(dir)
	return p.One(restored{data, b}, "restored "+contents(b)+"\nas of "+b.Time.String()+"\nstart it: chatctl serve --data "+data)
}

func (c *commands) backupErased() *cobra.Command {
	return c.DoWithin(0, &cobra.Command{
		Use:   "erased",
		Short: "List the erased accounts, to be kept beside backups",
		Long: `List the accounts that were erased, one JSON object a line. Keep the list beside
your backups, newer than they are: a restore with --erased erases those again
who left after the backup was made.`,
		Example: "  chatctl admin backup erased >/backups/erased.jsonl",
		Args:    cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, _ *cli.Printer, _ []string) error {
		p, err := cli.NewPrinter(c.Env, "json")
		for after := (api.UserID{}); err == nil; {
			var page []api.Erased
			if page, err = admin.Erased(ctx, after); err != nil || len(page) == 0 {
				return err
			}
			for _, e := range page {
				if err == nil {
					err = p.One(e, "")
				}
				after = e.User
			}
		}
		return err
	})
}

func contents(b api.Backup) string {
	return strings.Join([]string{plural.Of(b.Accounts, "account"), plural.Of(b.Conversations, "conversation"), plural.Of(b.Messages, "message"), size(b.Bytes)}, ", ")
}
