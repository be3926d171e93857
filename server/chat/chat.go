// Package chat decides who receives what. It consumes actions.chat and
// accounts, decides each batch in one transaction, and tells the results and
// entries on the live channel once they are committed.
//
// It owns the rows of conversations, the fence before each batch (promises, rule
// 6), what it was told of accounts, and that news goes out after the commit and
// again when it may have been lost (rules 3 and 10). It promises exactly one
// terminal outcome for each action, and that a conversation is removed to its last
// row once everybody who ever was in it is erased (rule 23). What an action comes to
// is decide's, what gateways may read is read's; the log, its retries and held
// records' fifth try are bus's.
//
// A Service's methods may be called concurrently. Consumers are called by one
// goroutine for each partition.
package chat

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/decide"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

// Config is what a Service needs. DB and Live are required.
type Config struct {
	DB   store.DB
	Log  *slog.Logger
	Live bus.Live
	// Now is the wall clock; time.Now when nil.
	Now func() time.Time
	// OnFull is called when the database has no space left, before the batch is
	// tried again: it may free the ballast (promises, rule 9).
	OnFull func()
	// Decided is told of n actions that got an outcome, after their commit; it may be nil.
	Decided func(o api.Outcome, r api.Reason, n int)
	// EditWindow is how long after sending a message its sender can edit it; api.EditWindow when 0.
	EditWindow time.Duration
	// MaxGroup is how many members a group may have; api.MaxGroup when 0.
	MaxGroup int64
	// Span is told of what was decided below a traceparent, after its commit; nil: of nothing.
	Span func(parent, name string, began, ended time.Time)
	// Faults are zero but in tests.
	Faults Faults
}

// Faults break one promise each, so that a test can show that its checker sees it.
type Faults struct {
	decide.Faults
	PublishBeforeCommit bool // results go out before they are durable
	StandingUnheard     bool // a suspension, an erasure or a revocation is acknowledged and has no effect
}

// Service is the chat service. Its reads are read.Reader's.
type Service struct {
	*read.Reader
	db        store.DB
	log       *slog.Logger
	live      bus.Live
	now       func() time.Time
	onFull    func()
	count     func(api.Outcome, api.Reason, int)
	span      func(parent, name string, began, ended time.Time)
	rules     decide.Rules
	faults    Faults
	heads     *heads
	recent    decisions
	leftovers chan struct{} // there may be rows that nobody may read any more
}

// New returns a Service; it starts nothing.
func New(cfg Config) *Service {
	s := &Service{
		Reader: read.New(cfg.DB), db: cfg.DB, log: cfg.Log, live: cfg.Live, now: cfg.Now,
		onFull: cfg.OnFull, count: cfg.Decided, span: cfg.Span, faults: cfg.Faults, heads: newHeads(), recent: decisions{worker: api.NewWorkerID()}, leftovers: make(chan struct{}, 1),
		rules: decide.Rules{EditWindow: cmp.Or(cfg.EditWindow, api.EditWindow), MaxGroup: cmp.Or(cfg.MaxGroup, api.MaxGroup), Faults: cfg.Faults.Faults},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.onFull == nil {
		s.onFull = func() {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s
}

// migrations are the steps of the schema.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the tables to what this code works with, and gives a new store
// its epoch (promises, rules 21 and 22).
func (s *Service) Migrate(ctx context.Context) error {
	steps, err := store.ReadMigrations(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx, s.db, steps); err != nil {
		return fmt.Errorf("migrating chat: %w", err)
	}
	return s.db.InTx(ctx, func(tx store.Tx) error {
		epoch := api.NewEpoch()
		_, err := tx.Exec(newEpoch, epoch[:])
		return err
	})
}

// Actions is the consumer of actions.chat.
func (s *Service) Actions() bus.Consumer {
	return &actions{newOwner(s, topic.ActionsChat)}
}

// Accounts is the consumer of accounts.
func (s *Service) Accounts() bus.Consumer {
	return &accounts{newOwner(s, topic.Accounts)}
}

// Run repeats the heads of conversations that moved (promises, rule 10), drops
// outcomes and closed reports that nobody needs any more, and clears the rows of
// what was purged or removed, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.repeatHeads(ctx) })
	g.Go(func() error { return s.forget(ctx) })
	g.Go(func() error { return s.clear(ctx) })
	return g.Wait()
}

// How long an outcome is kept that is no entry (promises, rule 2), and a report after it was closed.
const (
	keepOutcomes = 7 * 24 * time.Hour
	keepReports  = 30 * 24 * time.Hour
)

// forget deletes old outcomes and reports, at start and each hour. A failure waits for the next hour.
func (s *Service) forget(ctx context.Context) error {
	every := time.NewTicker(time.Hour)
	defer every.Stop()
	for {
		err := s.db.InTx(ctx, func(tx store.Tx) error {
			if _, err := tx.Exec(oldOutcomes, s.now().Add(-keepOutcomes).UnixMilli()); err != nil {
				return err
			}
			_, err := tx.Exec(oldReports, s.now().Add(-keepReports).UnixMilli())
			return err
		})
		switch {
		case errors.Is(err, store.ErrBroken):
			return fmt.Errorf("deleting old outcomes and reports: %w", err)
		case err != nil && ctx.Err() == nil:
			s.log.WarnContext(ctx, "old outcomes and reports were not deleted", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

// inTx runs fn in a transaction, and once more after a unique violation: another
// partition stored the same key meanwhile, and the guard finds its row now
// (promises, rule 2).
func (s *Service) inTx(ctx context.Context, fn func(store.Tx) error) error {
	err := s.db.InTx(ctx, fn)
	if errors.Is(err, store.ErrUnique) {
		err = s.db.InTx(ctx, fn)
	}
	if errors.Is(err, store.ErrFull) {
		s.onFull()
	}
	return err
}
