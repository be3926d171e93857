package chat

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/store"
)

// recent is how far back a new owner repeats heads (promises, rule 10).
const recent = 2 * time.Minute

// heads are the conversations whose head is still to be repeated.
type heads struct {
	wake chan struct{} // something came, or a partition was taken over

	mu    sync.Mutex
	due   map[api.ConversationID]repeat
	taken bool // a partition was taken over: read what moved lately
}

type repeat struct {
	seq int64
	at  time.Time
}

func newHeads() *heads {
	return &heads{wake: make(chan struct{}, 1), due: map[api.ConversationID]repeat{}}
}

// moved notes where conversations stand; each is repeated once, 10-20 s after
// the latest note. These times are monotonic, whatever the wall clock does.
func (h *heads) moved(last map[api.ConversationID]int64) {
	if len(last) == 0 {
		return
	}
	at := time.Now().Add(10*time.Second + rand.N(10*time.Second))
	h.mu.Lock()
	for c, seq := range last {
		h.due[c] = repeat{max(seq, h.due[c].seq), at}
	}
	h.mu.Unlock()
	h.rouse()
}

// takenOver makes Run repeat what moved lately.
func (h *heads) takenOver() {
	h.mu.Lock()
	h.taken = true
	h.mu.Unlock()
	h.rouse()
}

func (h *heads) rouse() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// collect takes what is due now; more tells whether anything else waits.
func (h *heads) collect(now time.Time) (items []bus.Item, taken, more bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c, r := range h.due {
		if r.at.After(now) {
			continue
		}
		l := topic.Live{Kind: topic.LiveHead, Conversation: c, Seq: r.seq}
		items = append(items, bus.Item{Key: bus.Key{Kind: bus.Conversation, ID: c}, Value: l.Append(nil)})
		delete(h.due, c)
	}
	taken, h.taken = h.taken, false
	return items, taken, len(h.due) > 0
}

// repeatHeads looks once a second, and not at all while nothing waits.
func (s *Service) repeatHeads(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.heads.wake:
		}
		if err := s.repeatWhatWaits(ctx); err != nil {
			return err
		}
	}
}

func (s *Service) repeatWhatWaits(ctx context.Context) error {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		items, taken, more := s.heads.collect(time.Now())
		if len(items) > 0 {
			s.live.Send(items)
		}
		if taken {
			switch err := s.noteRecent(ctx); {
			case errors.Is(err, store.ErrBroken):
				return err
			case err != nil && ctx.Err() == nil: // the slow sweep of rooms is the net below
				s.log.WarnContext(ctx, "recent heads are not repeated", "err", err)
			}
			more = true
		}
		if !more {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

// noteRecent notes what moved lately, whatever its partition: a hint too many does no harm.
func (s *Service) noteRecent(ctx context.Context) error {
	last := map[api.ConversationID]int64{}
	err := s.db.Read(ctx, func(tx store.Tx) error {
		return tx.Each(movedSince, func(row store.Row) error {
			var c api.ConversationID
			var seq int64
			err := row.Scan(&c, &seq)
			last[c] = seq
			return err
		}, s.now().Add(-recent).UnixMilli())
	})
	s.heads.moved(last)
	return err
}
