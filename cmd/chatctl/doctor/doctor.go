// Package doctor is chatctl doctor: what this machine can do for a server, whether
// a data directory is whole, and the way out of a log that went backwards.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/embedded/machine"
	"github.com/chatctl/chatctl/loadtest/throwaway/place"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/store"
	"github.com/spf13/cobra"
)

// commands is the one, with what it needs of others.
type commands struct {
	*app.App
	newLog func(w io.Writer, level slog.Level) *slog.Logger
}

// Finding is a line of what doctor found.
type Finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

// Command is chatctl doctor; newLog makes the log that a server has.
func Command(shared *app.App, newLog func(w io.Writer, level slog.Level) *slog.Logger) *cobra.Command {
	a := &commands{shared, newLog}
	var data string
	var acceptLoss, force bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check this machine and a data directory",
		Long: `Check what this machine can do for a server, whether the databases in the data
directory are whole, and whether a server would start there. Nothing is changed.
"start" does what a start does before it serves, on a copy of at most 4 GiB of
databases and log, which is removed after that: does the log go with the
databases, are both of one moment, is the directory of a layout that is known?
Where a server runs, only the databases are looked at.

"capacity" is what the machine will carry, by what was measured on two cores
with a sync of 0.2 ms, and no more than a guess for others. A message waits for
two syncs, each 2.2 times as long as a bare one, so one sender gets 1 / (4.4 ×
sync) a second. Many share their syncs, up to 1,000 messages: 1,000 / (4.4 ×
sync), but at most 10,000 for each of two cores. A connection takes a file, and
20 KiB of the half of the memory that may be used for them. "chatctl loadtest"
measures it.

With --accept-log-loss, and no server running: when a server refuses to start
because its log went backwards or lost messages, make the log anew from where
the database stands. Messages that people can read stay; actions that were
accepted and not decided are lost, and all clients read their conversations
anew. Where chat's database and its log are both older than the accounts, or
gone, go on with what they hold: all that came after it is lost.`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := a.DataDir(data)
			if err != nil {
				return err
			}
			if acceptLoss {
				return a.acceptLogLoss(cmd.Context(), embedded.Config{Data: dir, Force: force})
			}
			return a.examine(cmd.Context(), dir)
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the data `DIR`ectory (default CHATCTL_DATA, or chatctl in the XDG data directory)")
	cmd.Flags().BoolVar(&acceptLoss, "accept-log-loss", false, "give up what a damaged log still held, and go on")
	cmd.Flags().BoolVar(&force, "force", false, "with --accept-log-loss: also on a network or memory file system")
	return cmd
}

// examine prints every finding; one that is not well makes the exit status 1.
func (a *commands) examine(ctx context.Context, data string) error {
	if _, err := os.Stat(data); err != nil {
		return cli.Misused("name one with --data, or start a server first: chatctl serve", "there is no data directory %s", data)
	}
	p, err := a.Printer()
	if err != nil {
		return err
	}
	var list []Finding
	note := func(name, detail string, err error) {
		f := Finding{name, err == nil, detail}
		if err != nil {
			f.Detail = err.Error()
		}
		list = append(list, f)
	}
	for _, f := range machine.Check(ctx, data) {
		note(f.Name, f.Detail, f.Err)
	}
	for _, db := range embedded.Databases(data) {
		if _, err := os.Stat(db); errors.Is(err, fs.ErrNotExist) {
			continue // whether a start would make it is what "start" tells
		}
		for _, f := range store.CheckSQLite(ctx, db) {
			note(f.Name, f.Detail, f.Err)
		}
	}
	err = a.tryStart(ctx, data)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, embedded.ErrUnchecked) {
		note("start", err.Error(), nil)
	} else {
		note("start", "not refused: the log goes with the databases", err)
	}
	bad := 0
	for _, f := range list {
		mark := "ok  "
		if !f.OK {
			mark, bad = "BAD ", bad+1
		}
		if err := p.One(f, fmt.Sprintf("%s %-22s %s", mark, f.Check, f.Detail)); err != nil {
			return err
		}
	}
	if bad > 0 {
		return &cli.Error{Status: cli.Refused, What: fmt.Sprintf("%d of %d checks found something wrong", bad, len(list))}
	}
	return nil
}

// tryStart tries a start on a copy. A copy that a killed doctor left is taken away before.
func (a *commands) tryStart(ctx context.Context, data string) (err error) {
	scratch, err := place.New(a.Scratch())
	if err != nil {
		return fmt.Errorf("making room for a copy: %w", err)
	}
	defer func() { err = errors.Join(err, scratch.Remove()) }()
	return embedded.Check(ctx, embedded.Config{Data: data}, scratch.Dir)
}

func (a *commands) acceptLogLoss(ctx context.Context, cfg embedded.Config) (err error) {
	log := a.newLog(a.Env.Stderr, slog.LevelWarn)
	engines, err := embedded.OpenEngines(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engines.Close()) }()
	if err := server.AcceptLogLoss(ctx, engines.Server(), log); err != nil {
		return err
	}
	a.Say("the log goes on from where the database stands; start the server: chatctl serve")
	return nil
}
