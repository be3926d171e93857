package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/sweep"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

// Living tells which sessions are not over at a moment: those used and created
// after. It errs on the long side, for the last use is written down late.
func Living(now time.Time) (usedAfter, createdAfter api.Time) {
	return api.TimeOf(now.Add(-IdleLife - useEvery - writeUses)), api.TimeOf(now.Add(-AbsoluteLife))
}

// Run lets go what is remembered and writes down when sessions were used, until
// ctx ends or the storage is broken. The last uses are written after ctx has ended.
func (a *Authority) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.cache.run(ctx) })
	g.Go(func() error { return a.writeUses(ctx) })
	return g.Wait()
}

func (a *Authority) writeUses(ctx context.Context) error {
	tick := time.NewTicker(writeUses)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastUses)
			defer cancel()
			return a.writeDown(last)
		case <-tick.C:
		}
		err := a.writeDown(ctx)
		if errors.Is(err, store.ErrBroken) { // promises, rule 20
			return err
		}
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "uses of sessions not written down", "err", err)
		}
	}
}

func (a *Authority) writeDown(ctx context.Context) error {
	used := a.used.take()
	if len(used) == 0 {
		return nil
	}
	err := a.db.InTx(ctx, func(tx store.Tx) error {
		for id, at := range used {
			if _, err := tx.Exec(useSession, id, at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing down when %d sessions were used: %w", len(used), err)
	}
	return nil
}

// Clean deletes a part of what is over, and tells whether there may be more.
func Clean(tx store.Tx, now api.Time) (more bool, err error) {
	usedAfter, createdAfter := Living(now.Std())
	return sweep.Part(tx,
		sweep.Delete{Statement: cleanSessions, Args: []any{usedAfter, createdAfter}},
		sweep.Delete{Statement: cleanTickets, Args: []any{now}},
		sweep.Delete{Statement: cleanErased, Args: []any{before(now, repeatLife)}})
}
