// Package suspension keeps accounts from doing anything, for good or until a
// moment.
//
// A suspension ends as it begins: by a change of the account, with a version that
// chat is told of (promise R). Nobody decides by the moment itself, so that what
// a gateway lets in and what chat takes cannot differ by a clock (promises, rule
// 15). At that moment a Lifter makes the change, and audits it; where none ran
// then, the next one to run does. The tables are package account's.
//
// Functions work in their caller's transaction, which raises the account's
// version; who commits a Begin wakes the Lifter. New starts nothing; Wake and the
// functions may be called concurrently.
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
)

// every is how often the ends are read that another process wrote, and what failed is tried again.
const every = 10 * time.Second

// Actor is who ends a suspension at its moment, in the audit.
const Actor = "server"

// One text for SQLite, CockroachDB and PostgreSQL.
const (
	begin = `UPDATE accounts SET suspended = CASE WHEN suspended = 0 THEN $2 ELSE suspended END, suspended_until = $3
		WHERE user_id = $1 AND (suspended = 0 OR suspended_until <> $3)`
	end  = `UPDATE accounts SET suspended = 0, suspended_until = 0 WHERE user_id = $1 AND suspended <> 0`
	lift = `UPDATE accounts SET suspended = 0, suspended_until = 0
		WHERE user_id = $1 AND suspended_until <> 0 AND suspended_until <= $2`
	ends = `SELECT user_id, handle, suspended_until FROM accounts WHERE suspended_until <> 0 ORDER BY suspended_until LIMIT 100`
)

// Begin suspends an account until a moment, 0 for good, and tells whether that
// changed it. One that is suspended already is so until the new moment.
func Begin(tx store.Tx, user api.UserID, until, now api.Time) (changed bool, err error) {
	n, err := tx.Exec(begin, user, now, until)
	return n > 0, err
}

// End ends an account's suspension, and tells whether it had one.
func End(tx store.Tx, user api.UserID) (changed bool, err error) {
	n, err := tx.Exec(end, user)
	return n > 0, err
}

// Refusal is what somebody is told whose account is suspended until a moment, 0 for good.
func Refusal(until api.Time) error {
	if until == 0 {
		return api.NewProblem("forbidden", "the account is suspended")
	}
	return api.NewProblem("forbidden", "the account is suspended until %s", until)
}

// Lifter ends suspensions at their moment.
type Lifter struct {
	db     store.DB
	lifted func(api.UserID)
	log    *slog.Logger
	now    func() time.Time
	due    chan struct{} // wakes Run
}

// New makes a lifter. lifted is called after an account got a new version that
// says that its suspension has ended.
func New(db store.DB, lifted func(api.UserID), log *slog.Logger, now func() time.Time) *Lifter {
	return &Lifter{db: db, lifted: lifted, log: log, now: now, due: make(chan struct{}, 1)}
}

// Wake tells that a transaction with a Begin has been committed.
func (l *Lifter) Wake() {
	select {
	case l.due <- struct{}{}:
	default: // it is awake already
	}
}

// Run ends suspensions at their moment, those that are over already at once,
// until ctx ends or the storage is broken.
func (l *Lifter) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false // told once
	for {
		select {
		case <-l.due:
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		wait, err := l.all(ctx)
		switch {
		case errors.Is(err, store.ErrBroken): // promises, rule 20
			return err
		case err != nil && !failing && ctx.Err() == nil:
			l.log.WarnContext(ctx, "suspensions not ended; it is tried again", "err", err)
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
	l.lifted(a.user)
	l.log.InfoContext(ctx, "suspension ended", "user", a.user)
	return nil
}
