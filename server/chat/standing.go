package chat

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/held"
	"github.com/chatctl/chatctl/server/chat/news"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
)

// accounts consumes what the gateway tells of accounts. It is a consumer of its
// own, so that a paused partition of actions delays no revocation.
type accounts struct{ *owner }

// Apply stores standings and then tells the gateways that wait for them (bus.Consumer).
func (a *accounts) Apply(ctx context.Context, b bus.Batch) error {
	return a.commit(ctx, b, func(tx store.Tx, n *news.News) error {
		for _, rec := range b.Records {
			if err := a.apply(tx, n, b, rec.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// Hold sets the record of b aside (bus.Consumer).
func (a *accounts) Hold(ctx context.Context, b bus.Batch, cause error) error {
	return a.commit(ctx, b, func(tx store.Tx, _ *news.News) error {
		return held.Keep(tx, a.topic, b, b.Records[0].Value, nil, cause, api.TimeOf(a.now()))
	})
}

func (a *accounts) commit(ctx context.Context, b bus.Batch, do func(store.Tx, *news.News) error) error {
	var n *news.News
	err := a.inTx(ctx, func(tx store.Tx) error {
		n = &news.News{}
		if !b.Decided {
			// A standing that is applied twice is applied once: what was committed
			// before is told by applying it again.
			if err := a.fence(tx, b); err != nil && !errors.Is(err, errCommitted) {
				return err
			}
		}
		return do(tx, n)
	})
	if err != nil {
		return fmt.Errorf("applying %d standings up to %s/%d:%d: %w", len(b.Records), a.topic, b.Partition, b.Number, err)
	}
	a.tell(n.Items)
	return nil
}

func (a *accounts) apply(tx store.Tx, n *news.News, b bus.Batch, value []byte) error {
	s, err := topic.DecodeStanding(value)
	if errors.Is(err, topic.ErrMalformed) {
		return held.Keep(tx, a.topic, b, value, nil, err, api.TimeOf(a.now()))
	}
	if err != nil {
		return err
	}
	if a.faults.StandingUnheard {
		s.Suspended, s.Deleted, s.NotBefore, s.Revoked = false, false, 0, nil
	}
	version, err := setAccount(tx, s)
	if err == nil && !a.faults.StandingUnheard {
		n.Standing(s.User, version)
	}
	return err
}

// setAccount applies a standing unless a later one is there, and tells the
// version that holds now.
func setAccount(tx store.Tx, s *topic.Standing) (version int64, err error) {
	changed, err := tx.Exec(setStanding, s.User[:], s.Version, s.Handle, s.Suspended, s.Deleted, s.NotBefore)
	if err != nil {
		return 0, err
	}
	if changed == 0 {
		return read.Standing(tx, s.User)
	}
	if _, err := tx.Exec(clearRevoked, s.User[:]); err != nil {
		return 0, err
	}
	for _, session := range s.Revoked {
		if _, err := tx.Exec(revoke, session[:], s.User[:]); err != nil {
			return 0, err
		}
	}
	return s.Version, nil
}
