package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/backup"
	"github.com/chatctl/chatctl/server/backup/stage"
	chatcontent "github.com/chatctl/chatctl/server/chat/content"
	accountcontent "github.com/chatctl/chatctl/server/gateway/account/content"
	"github.com/chatctl/chatctl/server/store"
)

// operation is what administrators ask of a whole server.
type operation struct {
	*Server
	start   time.Time
	before  held // when it began; set once counted is closed
	counted chan struct{}

	copying sync.Mutex // one backup at a time: each reckons with the free disk
}

// held is how much there is.
type held struct {
	accounts int64
	chatcontent.Totals
}

func newOperation(s *Server) *operation {
	return &operation{Server: s, start: time.Now(), counted: make(chan struct{})}
}

// begin counts what there is, beside the serving: it grows with the history,
// and nobody waits for it to be ready.
func (o *operation) begin(ctx context.Context) error {
	h, err := o.count(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("counting what there is: %w", err)
	}
	o.before = h
	close(o.counted)
	return nil
}

func (o *operation) count(ctx context.Context) (h held, err error) {
	if h.accounts, err = accountcontent.Number(ctx, o.engines.Accounts); err != nil {
		return h, err
	}
	h.Totals, err = chatcontent.Sum(ctx, o.engines.Chat)
	return h, err
}

// stats needs no counters on the way of a message: what the tables hold less
// what they held when the process began is what was done.
func (o *operation) stats(ctx context.Context) (api.Stats, error) {
	select {
	case <-o.counted:
	case <-ctx.Done():
		return api.Stats{}, ctx.Err()
	}
	now, err := o.count(ctx)
	if err != nil {
		return api.Stats{}, err
	}
	rate := func(n int64) float64 { return float64(max(n, 0)) / time.Since(o.start).Seconds() }
	st := api.Stats{
		Version: o.cfg.Version, Since: api.TimeOf(o.start), Accounts: now.accounts, Conversations: now.Conversations,
		Entries: now.Entries, Messages: now.Messages, Held: now.Held, Connections: o.gateway.gateway.Connections(),
		Rates: api.Rates{
			Accounts: rate(now.accounts - o.before.accounts), Entries: rate(now.Entries - o.before.Entries),
			Messages: rate(now.Messages - o.before.Messages),
		},
	}
	if o.engines.Disk != nil {
		if st.Disk, err = o.engines.Disk(); err != nil {
			return st, err
		}
	}
	if o.engines.FreeDisk != nil {
		free := api.Usage{Name: "free"}
		free.Bytes, err = o.engines.FreeDisk()
		st.Disk = append(st.Disk, free)
	}
	return st, err
}

// backup makes a backup in dir, and says to the one who asked what went wrong:
// it is the owner of this machine.
func (o *operation) backup(ctx context.Context, dir string) (api.Backup, error) {
	if !o.copying.TryLock() {
		return api.Backup{}, api.NewProblem("too_many", "a backup is being made").Later(10)
	}
	defer o.copying.Unlock()
	src := backup.Source{Chat: o.engines.Chat, Accounts: o.engines.Accounts, Version: o.cfg.Version, Room: o.engines.Room}
	began := time.Now()
	m, err := backup.Create(ctx, src, dir)
	switch {
	case err == nil:
		o.log.InfoContext(ctx, "backup made", "dir", dir, "messages", m.Chat.Counts.Messages, "took", time.Since(began))
		return m.Summary(dir), nil
	case ctx.Err() != nil:
		return api.Backup{}, ctx.Err()
	case errors.Is(err, store.ErrNoSnapshot):
		return api.Backup{}, api.NewProblem("not_found", "%v", err)
	}
	var place *stage.PlaceError
	switch {
	case errors.Is(err, backup.ErrFull):
		return api.Backup{}, api.NewProblem("storage_full", "%v", err)
	case errors.As(err, &place):
		return api.Backup{}, api.Invalid("/dir", "%v", err)
	}
	o.log.ErrorContext(ctx, "backup not made", "dir", dir, "err", err)
	return api.Backup{}, api.NewProblem("unavailable", "nothing was left of the backup: %v", err)
}

func (o *operation) erased(ctx context.Context, after api.UserID, limit int) ([]api.Erased, error) {
	return accountcontent.ErasedAfter(ctx, o.engines.Accounts, after, limit)
}
