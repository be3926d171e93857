package server

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
)

// applied waits until chat has applied a version of an account's standing. The
// live channel wakes it; since that is a hint, the store is read each second besides.
func (s *Server) applied(ctx context.Context, user api.UserID, version int64) error {
	woken := make(wake, 1)
	interest := s.engines.Live.Listen(woken)
	defer interest.Close()
	interest.Want(bus.Key{Kind: bus.Person, ID: user})
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		at, err := s.chat.Standing(ctx, user)
		if err == nil && at >= version {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-woken:
		case <-tick.C:
		}
	}
}

// wake is a receiver that only tells that something came.
type wake chan struct{}

func (w wake) Deliver([]bus.Item) { w.Resync() }

func (w wake) Resync() {
	select {
	case w <- struct{}{}:
	default:
	}
}
