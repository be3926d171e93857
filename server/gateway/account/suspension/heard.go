package suspension

import (
	"context"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

const (
	heardAtOnce = 16 // waits for chat
	hearAgain   = time.Second
)

const (
	heard   = `UPDATE accounts SET resuming = 0 WHERE user_id = $1 AND resuming <> 0 AND resuming <= $2`
	unheard = `SELECT user_id, resuming FROM accounts WHERE resuming <> 0 AND user_id > $1 ORDER BY user_id LIMIT 100`
)

// Heard lets an account act again whose suspension ended at a version, or before
// it: chat has applied that.
func (l *Lifter) Heard(ctx context.Context, user api.UserID, version int64) error {
	var changed int64
	err := l.db.InTx(ctx, func(tx store.Tx) (err error) {
		changed, err = tx.Exec(heard, user, version)
		return err
	})
	if err == nil && changed > 0 {
		l.forget(user)
	}
	return err
}

// ended is an account whose suspension a version has ended.
type ended struct {
	user    api.UserID
	version int64
}

// hearAll waits for chat to know all suspensions that have ended. One that it is
// late for only delays the others.
func (l *Lifter) hearAll(ctx context.Context) (time.Duration, error) {
	var failed error
	for after := (api.UserID{}); ; {
		page, err := l.unheard(ctx, after)
		if err != nil {
			return hearAgain, err
		}
		if len(page) == 0 && failed == nil {
			return every, nil
		}
		if len(page) == 0 {
			return hearAgain, failed
		}
		if err := l.hear(ctx, page); err != nil {
			failed = err
		}
		after = page[len(page)-1].user
	}
}

func (l *Lifter) hear(ctx context.Context, page []ended) error {
	var g errgroup.Group
	g.SetLimit(heardAtOnce)
	for _, e := range page {
		g.Go(func() error {
			err := l.standings.Settle(ctx, e.user, e.version)
			if err == nil {
				err = l.Heard(ctx, e.user, e.version)
			}
			if err != nil {
				return fmt.Errorf("letting the account %s act again: %w", e.user, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (l *Lifter) unheard(ctx context.Context, after api.UserID) (page []ended, err error) {
	err = l.db.Read(ctx, func(tx store.Tx) error {
		page = nil
		return tx.Each(unheard, func(r store.Row) error {
			var e ended
			err := r.Scan(&e.user, &e.version)
			page = append(page, e)
			return err
		}, after)
	})
	return page, err
}
