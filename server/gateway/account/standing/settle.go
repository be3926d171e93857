package standing

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

const (
	settledWithin  = 10 * time.Second // of one account
	metWithin      = 30 * time.Second // of many new ones
	metAtOnce      = 16
	acknowledgeNew = `UPDATE accounts SET acknowledged = 1 WHERE user_id = $1 AND acknowledged = 0`
)

// Settle publishes what was committed and waits until chat has applied that
// version of the account. After 10 s it returns the problem unavailable: the
// change stands then and goes on.
func (p *Publisher) Settle(ctx context.Context, user api.UserID, version int64) error {
	return p.wait(ctx, settledWithin, api.NewProblem("unavailable", "the change is stored and on its way; ask again to learn that it is in force").Later(2),
		func(ctx context.Context) error { return p.applied(ctx, user, version) })
}

// SettleNew is Settle of an account that was just made, and notes that chat knows it.
func (p *Publisher) SettleNew(ctx context.Context, user api.UserID) error {
	if err := p.Settle(ctx, user, 1); err != nil {
		return err
	}
	return p.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(acknowledgeNew, user)
		return err
	})
}

// SettleAllNew waits until chat knows many accounts that were just made, for 30 s at most.
func (p *Publisher) SettleAllNew(ctx context.Context, users []api.UserID) error {
	return p.wait(ctx, metWithin, api.NewProblem("unavailable", "chat does not know the new people yet; make others in a moment").Later(5),
		func(ctx context.Context) error {
			g, gctx := errgroup.WithContext(ctx)
			g.SetLimit(metAtOnce)
			for _, u := range users {
				g.Go(func() error { return p.applied(gctx, u, 1) })
			}
			return g.Wait()
		})
}

// wait wakes Run and waits for applied; late is what to answer when that takes longer than d.
func (p *Publisher) wait(ctx context.Context, d time.Duration, late *api.Problem, applied func(context.Context) error) error {
	p.Wake()
	within, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	err := applied(within)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		return late
	}
	return err
}
