package suspension

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

// every is how often what another process wrote is read, and what failed is tried again.
const every = 10 * time.Second

const ends = `SELECT user_id, handle, suspended_until FROM accounts WHERE suspended_until <> 0 ORDER BY suspended_until LIMIT 100`

// Lifter ends suspensions at their moment, and lets those act again whose
// suspension has ended once chat knows it.
type Lifter struct {
	db        store.DB
	standings *standing.Publisher
	forget    func(api.UserID)
	log       *slog.Logger
	now       func() time.Time
	due       chan struct{} // wakes who ends suspensions
	ended     chan struct{} // wakes who waits for chat
}

// New makes a lifter; standings tells chat. forget is called after an account may act again.
func New(db store.DB, standings *standing.Publisher, forget func(api.UserID), log *slog.Logger, now func() time.Time) *Lifter {
	return &Lifter{db: db, standings: standings, forget: forget, log: log, now: now,
		due: make(chan struct{}, 1), ended: make(chan struct{}, 1)}
}

// Wake tells that a transaction with a Begin or an End has been committed.
func (l *Lifter) Wake() {
	wake(l.due)
	wake(l.ended)
}

func wake(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is awake already
	}
}

// Run ends suspensions at their moment, those that are over already at once, and
// waits for chat, until ctx ends or the storage is broken.
func (l *Lifter) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.keep(ctx, l.due, "suspensions not ended; it is tried again", l.all) })
	g.Go(func() error {
		return l.keep(ctx, l.ended, "chat has not heard of suspensions that ended; it is tried again", l.hearAll)
	})
	return g.Wait()
}

// keep calls do at once, when it is woken, and after the time that do names. What
// fails is told once.
func (l *Lifter) keep(ctx context.Context, woken <-chan struct{}, failed string, do func(context.Context) (time.Duration, error)) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-woken:
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		wait, err := do(ctx)
		switch {
		case errors.Is(err, store.ErrBroken): // promises, rule 20
			return err
		case err != nil && !failing && ctx.Err() == nil:
			l.log.WarnContext(ctx, failed, "err", err)
		}
		failing = err != nil
		timer.Reset(wait)
	}
}

// suspended is an account whose suspension has an end.
type suspended struct {
	user   api.UserID
	handle string
	until  api.Time
}

// all ends what is over, and tells how long to wait for the next end.
func (l *Lifter) all(ctx context.Context) (time.Duration, error) {
	for {
		next, err := l.read(ctx)
		if err != nil {
			return every, err
		}
		for _, a := range next {
			if wait := a.until.Std().Sub(l.now()); wait > 0 {
				return min(wait, every), nil
			}
			if err := l.lift(ctx, a); err != nil {
				return every, fmt.Errorf("ending the suspension of the account %s: %w", a.user, err)
			}
		}
		if len(next) == 0 {
			return every, nil
		}
	}
}

// read lists the next ends, earliest first.
func (l *Lifter) read(ctx context.Context) (next []suspended, err error) {
	err = l.db.Read(ctx, func(tx store.Tx) error {
		next = nil
		return tx.Each(ends, func(r store.Row) error {
			var a suspended
			err := r.Scan(&a.user, &a.handle, &a.until)
			next = append(next, a)
			return err
		})
	})
	return next, err
}

// lift ends a suspension, unless it was given another end meanwhile, or was ended.
func (l *Lifter) lift(ctx context.Context, a suspended) error {
	var ended int64
	err := l.db.InTx(ctx, func(tx store.Tx) (err error) {
		now := api.TimeOf(l.now())
		if ended, err = tx.Exec(lift, a.user, now); err != nil || ended == 0 {
			return err
		}
		if _, err := standing.Raise(tx, a.user); err != nil {
			return err
		}
		return audit.Note(tx, now, Actor, "users.resume", a.handle, "suspension ended")
	})
	if err != nil || ended == 0 {
		return err
	}
	wake(l.ended)
	l.log.InfoContext(ctx, "suspension ended", "user", a.user)
	return nil
}
