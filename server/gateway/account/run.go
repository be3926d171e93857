package account

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

const (
	writeUses  = time.Minute
	cleanEvery = 10 // times writeUses
)

// Run publishes standings, sends letters and cleans up until ctx ends, or until
// the storage is broken.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.standings.Run(ctx) })
	g.Go(func() error { return s.eraser.Run(ctx) })
	g.Go(func() error { return s.postman.Run(ctx) })
	g.Go(func() error { return s.keepHouse(ctx) })
	g.Go(func() error { return s.cache.run(ctx) })
	return g.Wait()
}

// keepHouse writes down when sessions were used and deletes what is over. The
// last uses are written after ctx has ended.
func (s *Service) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(writeUses)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return s.tidy(context.WithoutCancel(ctx), false)
		case <-tick.C:
		}
		err := s.tidy(ctx, n%cleanEvery == 0)
		if errors.Is(err, store.ErrBroken) { // promises, rule 20
			return err
		}
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "accounts not tidied", "err", err)
		}
	}
}

func (s *Service) tidy(ctx context.Context, clean bool) error {
	used := s.used.take()
	if len(used) == 0 && !clean {
		return nil
	}
	return s.db.InTx(ctx, func(tx store.Tx) error {
		for id, at := range used {
			if _, err := tx.Exec(useSession, id, at); err != nil {
				return err
			}
		}
		if !clean {
			return nil
		}
		now := s.time()
		usedAfter, createdAfter := s.living()
		for _, c := range []struct {
			statement string
			args      []any
		}{
			{cleanSessions, []any{usedAfter, createdAfter}},
			{cleanTickets, []any{now}},
			{cleanCodes, []any{now}},
			{cleanSignups, []any{s.ago(signupLife)}},
			{cleanLetters, []any{s.ago(time.Hour)}},
			{cleanFailures, []any{s.ago(forgetTries)}},
			{cleanErased, []any{s.ago(repeatLife)}},
		} {
			if _, err := tx.Exec(c.statement, c.args...); err != nil {
				return err
			}
		}
		return nil
	})
}
