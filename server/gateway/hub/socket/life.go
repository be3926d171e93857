package socket

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// buckets of the wheel: each is pinged once in Ping, one after the other, and
// looked at for silence checks times in it.
const (
	buckets = 25
	checks  = 5
)

// wheel is every connection whose socket is not gone. The others are under mu.
type wheel struct {
	mu      sync.RWMutex
	buckets [buckets][]*Conn
	count   int
	turn    int // the bucket that the next connection goes into
	emptied chan struct{}
}

// Add has c beat from now on, until Remove.
func (s *Set) Add(c *Conn) {
	w := &s.wheel
	w.mu.Lock()
	defer w.mu.Unlock()
	i := w.turn
	w.turn = (i + 1) % buckets
	c.bucket, c.index = int32(i), int32(len(w.buckets[i]))
	w.buckets[i] = append(w.buckets[i], c)
	w.count++
}

// Remove is called once for each Add, when the socket is gone.
func (s *Set) Remove(c *Conn) {
	w := &s.wheel
	w.mu.Lock()
	defer w.mu.Unlock()
	conns := w.buckets[c.bucket]
	n := len(conns) - 1
	conns[c.index] = conns[n]
	conns[c.index].index = c.index
	conns[n] = nil
	w.buckets[c.bucket] = conns[:n]
	if w.count--; w.count == 0 && w.emptied != nil {
		close(w.emptied)
		w.emptied = nil
	}
}

// Len is how many connections there are, those that are closing included.
func (s *Set) Len() int {
	s.wheel.mu.RLock()
	defer s.wheel.mu.RUnlock()
	return s.wheel.count
}

// Each calls f for every connection and its owner until it returns false.
func (s *Set) Each(f func(*Conn, Owner) bool) {
	for i := range s.wheel.buckets {
		for _, c := range s.bucket(i) {
			if !f(c, c.owner) {
				return
			}
		}
	}
}

func (s *Set) bucket(i int) []*Conn {
	s.wheel.mu.RLock()
	defer s.wheel.mu.RUnlock()
	return slices.Clone(s.wheel.buckets[i])
}

// Run moves the clock, pings each connection once in Ping and cuts those that
// were silent, until ctx ends. It may be called once.
func (s *Set) Run(ctx context.Context) {
	tick := time.NewTicker(max(s.cfg.Ping/buckets, time.Millisecond))
	defer tick.Stop()
	for i := 0; ; i = (i + 1) % buckets {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := s.now()
		s.clock.Store(int64(now))
		for _, c := range s.bucket(i) {
			c.Enqueue(s.ping)
		}
		for b := i % (buckets / checks); b < buckets; b += buckets / checks {
			for _, c := range s.bucket(b) {
				if now-time.Duration(c.heard.Load()) > s.cfg.Silent || c.overdue(now) {
					c.Kill()
				}
			}
		}
	}
}

// overdue: c should be closed by now, but its reader is still with a frame.
func (c *Conn) overdue(now time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing && now > c.closeBy
}

// Drain sends every client away: a going_away frame that says after how long to
// come back, then the close code. retry gives that time for the i-th of n. They go
// a few at a time, within half of the time that ctx leaves. It returns nil when
// all are gone, else ctx's error. Nothing may be added meanwhile.
func (s *Set) Drain(ctx context.Context, retry func(i, n int) time.Duration) error {
	gone := s.awaitEmpty()
	var conns []*Conn
	s.Each(func(c *Conn, _ Owner) bool { conns = append(conns, c); return true })
	start, spread := time.Now(), drainSpread(ctx, len(conns))
	for i, c := range conns {
		if ahead := time.Duration(i)*spread/time.Duration(len(conns)) - time.Since(start); ahead > 5*time.Millisecond {
			select {
			case <-ctx.Done():
			case <-time.After(ahead):
			}
		}
		after := retry(i, len(conns))
		c.Enqueue(NewChunk(Firm, api.Encode(&api.ServerFrame{Kind: api.FrameGoingAway, RetryAfterMS: after.Milliseconds()})))
		c.Close(api.CloseGoingAway, "the server is going away")
	}
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaitEmpty is closed when there is no connection.
func (s *Set) awaitEmpty() <-chan struct{} {
	gone := make(chan struct{})
	s.wheel.mu.Lock()
	defer s.wheel.mu.Unlock()
	if s.wheel.count == 0 {
		close(gone)
	} else {
		s.wheel.emptied = gone
	}
	return gone
}

// drainSpread is the time over which n clients are sent away.
func drainSpread(ctx context.Context, n int) time.Duration {
	spread := min(time.Duration(n)*time.Millisecond, 5*time.Second)
	if end, ok := ctx.Deadline(); ok {
		spread = min(spread, time.Until(end)/2)
	}
	return max(spread, 0)
}
