package account

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/sweep"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

const cleanEvery = 10 * time.Minute

// Run publishes standings, ends suspensions at their moment, carries out erasures,
// sends letters and cleans up until ctx ends, or until the storage is broken.
func (s *Service) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.standings.Run(ctx) })
	g.Go(func() error { return s.eraser.Run(ctx) })
	g.Go(func() error { return s.lifter.Run(ctx) })
	g.Go(func() error { return s.postman.Run(ctx) })
	g.Go(func() error { return s.Authority.Run(ctx) })
	g.Go(func() error { return s.keepHouse(ctx) })
	return g.Wait()
}

// TellAnew has chat know every account before anybody is served: see standing.Publisher.
func (s *Service) TellAnew(ctx context.Context, epoch api.Epoch) error {
	return s.standings.TellAnew(ctx, epoch)
}

// keepHouse deletes what is over.
func (s *Service) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(cleanEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := s.clean(ctx)
		if errors.Is(err, store.ErrBroken) { // promises, rule 20
			return err
		}
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "accounts not tidied", "err", err)
		}
	}
}

// clean deletes what is over in parts, between which others get their turn.
func (s *Service) clean(ctx context.Context) error {
	for _, clean := range []func(store.Tx, api.Time) (bool, error){session.Clean, code.Clean, guard.Clean, cleanSignUps} {
		for more := true; more; {
			err := s.db.InTx(ctx, func(tx store.Tx) (err error) {
				more, err = clean(tx, s.time())
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func cleanSignUps(tx store.Tx, now api.Time) (more bool, err error) {
	return sweep.Part(tx, sweep.Delete{Statement: cleanSignups, Args: []any{now - api.Time(signupLife.Milliseconds())}})
}
