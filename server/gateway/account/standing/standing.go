// Package standing tells chat what it must know of accounts: it raises an
// account's version in the transaction that changes it, and publishes the
// account's whole standing until that is done, across restarts. Who promises
// something waits here until chat has applied a version.
//
// A record is read when it is published, so that a late one never hides an
// earlier change; repeating one does no harm. The tables are package account's.
// New starts nothing; all methods may be called concurrently.
package standing

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/store"
)

const (
	batch     = 500
	every     = 5 * time.Second // finds what another process left; one's own is published at once
	firstWait = 50 * time.Millisecond
	lastWait  = 5 * time.Second
)

// Config is what standings are told with.
type Config struct {
	DB store.DB
	// Publish stores records on the topic accounts, keyed by user; it sets their partition.
	Publish func(ctx context.Context, recs []bus.Record) error
	// Applied returns nil once chat has applied that version of the user's
	// standing, and an error when ctx ends first.
	Applied func(ctx context.Context, user api.UserID, version int64) error
	// Living tells which revoked sessions would be alive: those used and created after.
	Living func() (usedAfter, createdAfter api.Time)
	Log    *slog.Logger
}

// Publisher publishes standings and waits until chat has applied them.
type Publisher struct {
	db      store.DB
	publish func(context.Context, []bus.Record) error
	applied func(context.Context, api.UserID, int64) error
	living  func() (usedAfter, createdAfter api.Time)
	log     *slog.Logger
	due     chan struct{} // wakes Run
}

// New makes a publisher of c.
func New(c Config) *Publisher {
	return &Publisher{db: c.DB, publish: c.Publish, applied: c.Applied, living: c.Living, log: c.Log, due: make(chan struct{}, 1)}
}

// Raise gives an account its next version, to be published.
func Raise(tx store.Tx, user api.UserID) (version int64, err error) {
	if err := tx.Row(raiseVersion, user).Scan(&version); err != nil {
		return 0, err
	}
	return version, Mark(tx, user, version)
}

// Version is an account's version.
func Version(tx store.Tx, user api.UserID) (version int64, err error) {
	err = tx.Row(versionOfUser, user).Scan(&version)
	return version, err
}

// Mark notes that an account's version is to be published.
func Mark(tx store.Tx, user api.UserID, version int64) error {
	_, err := tx.Exec(markToPublish, user, version)
	return err
}

// Wake tells that a transaction with a Raise or Mark has been committed.
func (p *Publisher) Wake() {
	select {
	case p.due <- struct{}{}:
	default: // it is awake already
	}
}

// Run publishes all that is due, until ctx ends or the storage is broken. What
// fails is tried again for ever (promises, rule 7): the rows stay.
func (p *Publisher) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failures := 0
	for ctx.Err() == nil {
		more, err := p.publishDue(ctx)
		switch {
		case errors.Is(err, store.ErrBroken), errors.Is(err, bus.ErrBroken): // promises, rule 20
			return err
		case err != nil:
			if failures++; failures == 1 && ctx.Err() == nil {
				p.log.WarnContext(ctx, "standings not published", "err", err)
			}
			pause(ctx, rand.N(min(firstWait<<min(failures, 10), lastWait)))
			continue
		case failures > 0:
			p.log.InfoContext(ctx, "standings published again", "attempts", failures)
			failures = 0
		}
		if more {
			continue
		}
		select {
		case <-p.due:
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return nil
}

// publishDue publishes the standings of a batch of accounts, and forgets those
// whose version did not rise meanwhile.
func (p *Publisher) publishDue(ctx context.Context) (more bool, err error) {
	due, err := p.read(ctx)
	if err != nil || len(due) == 0 {
		return false, err
	}
	recs := make([]bus.Record, len(due))
	for i := range due {
		recs[i] = bus.Record{Key: due[i].User, Value: due[i].Encode()}
	}
	if err := p.publish(ctx, recs); err != nil {
		return false, err
	}
	err = p.db.InTx(ctx, func(tx store.Tx) error {
		for _, st := range due {
			if _, err := tx.Exec(published, st.User, st.Version); err != nil {
				return err
			}
		}
		return nil
	})
	return len(due) == batch, err
}

// read reads what is due on one snapshot.
func (p *Publisher) read(ctx context.Context) (due []topic.Standing, err error) {
	err = p.db.Read(ctx, func(tx store.Tx) error {
		due = nil
		err := tx.Each(dueToPublish, func(r store.Row) error {
			var st topic.Standing
			err := r.Scan(&st.User)
			due = append(due, st)
			return err
		}, batch)
		for i := range due {
			if err == nil {
				err = p.fill(tx, &due[i])
			}
		}
		return err
	})
	return due, err
}

func (p *Publisher) fill(tx store.Tx, st *topic.Standing) error {
	var suspended, deleted int64
	err := tx.Row(standingRow, st.User).Scan(&st.Handle, &st.Version, &st.NotBefore, &suspended, &deleted)
	if err != nil {
		return err
	}
	st.Suspended, st.Deleted = suspended != 0, deleted != 0
	usedAfter, createdAfter := p.living()
	return tx.Each(revokedAlive, func(r store.Row) error {
		var id api.SessionID
		err := r.Scan(&id)
		st.Revoked = append(st.Revoked, id)
		return err
	}, st.User, usedAfter, createdAfter, st.NotBefore)
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
