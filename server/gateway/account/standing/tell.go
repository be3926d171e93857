package standing

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
	"golang.org/x/sync/errgroup"
)

// Statements of telling everything anew.
const (
	epochTold = `SELECT epoch FROM told WHERE store = 'chat'`
	tellEpoch = `INSERT INTO told (store, epoch) VALUES ('chat', $1) ON CONFLICT (store) DO UPDATE SET epoch = excluded.epoch`
	tellAll   = `INSERT INTO to_publish (user_id, version) SELECT user_id, version FROM accounts WHERE TRUE
		ON CONFLICT (user_id) DO UPDATE SET version = excluded.version WHERE excluded.version > to_publish.version`
	versionsAfter = `SELECT user_id, version FROM accounts WHERE user_id > $1 ORDER BY user_id LIMIT 500`
)

// TellAnew publishes every account's standing again when chat's store has
// another epoch than the one that was told: it was restored, made anew, or goes
// on behind a log that lost records (promises, rule 22). It returns once chat
// has applied them: before, people would be refused whom chat does not know. It
// is called before Run; what a crash cuts off is begun again.
func (p *Publisher) TellAnew(ctx context.Context, epoch api.Epoch) error {
	told, err := p.markAll(ctx, epoch)
	if told || err != nil {
		return err
	}
	g, waiting := errgroup.WithContext(ctx)
	publishing, stop := context.WithCancel(waiting)
	g.Go(func() error { return p.Run(publishing) })
	g.Go(func() error {
		defer stop()
		return p.allApplied(waiting)
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("telling chat's store of all accounts: %w", err)
	}
	return p.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(tellEpoch, epoch[:])
		return err
	})
}

// markAll has every account published, unless that was done for this epoch.
func (p *Publisher) markAll(ctx context.Context, epoch api.Epoch) (told bool, err error) {
	err = p.db.InTx(ctx, func(tx store.Tx) error {
		var last api.Epoch
		err := tx.Row(epochTold).Scan(&last)
		told = err == nil && last == epoch
		if told || err != nil && !errors.Is(err, store.ErrNoRow) {
			return err
		}
		_, err = tx.Exec(tellAll)
		return err
	})
	return told, err
}

// allApplied waits until chat has applied the version of every account.
func (p *Publisher) allApplied(ctx context.Context) error {
	var last api.UserID
	for {
		var users []api.UserID
		var versions []int64
		err := p.db.Read(ctx, func(tx store.Tx) error {
			users, versions = nil, nil
			return tx.Each(versionsAfter, func(r store.Row) error {
				var user api.UserID
				var version int64
				err := r.Scan(&user, &version)
				users, versions = append(users, user), append(versions, version)
				return err
			}, last)
		})
		if err != nil || len(users) == 0 {
			return err
		}
		for i := range users {
			if err := p.applied(ctx, users[i], versions[i]); err != nil {
				return err
			}
		}
		last = users[len(users)-1]
	}
}
