package hub

import (
	"context"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// buckets of the wheel: each is pinged once in Ping, one after the other, and
// looked at for silence checks times in it.
const (
	buckets = 25
	checks  = 5
)

// add puts c into the wheel; false when the hub does not run.
func (h *Hub) add(c *Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state != running {
		return false
	}
	i := h.turn
	h.turn = (i + 1) % buckets
	c.bucket, c.index = int32(i), int32(len(h.wheel[i]))
	h.wheel[i] = append(h.wheel[i], c)
	h.count++
	return true
}

// forget takes c, whose socket is gone, out of the wheel and tells the gateway.
func (h *Hub) forget(c *Conn) {
	h.mu.Lock()
	conns := h.wheel[c.bucket]
	n := len(conns) - 1
	conns[c.index] = conns[n]
	conns[c.index].index = c.index
	conns[n] = nil
	h.wheel[c.bucket] = conns[:n]
	if h.count--; h.count == 0 && h.emptied != nil {
		close(h.emptied)
		h.emptied = nil
	}
	h.mu.Unlock()
	h.events.Closed(c)
}

func (h *Hub) bucket(i int) []*Conn {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Clone(h.wheel[i])
}

// beat moves the clock, pings each connection once in Ping and cuts those that were silent.
func (h *Hub) beat(ctx context.Context) {
	tick := time.NewTicker(max(h.times.Ping/buckets, time.Millisecond))
	defer tick.Stop()
	for i := 0; ; i = (i + 1) % buckets {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := h.now()
		h.clock.Store(int64(now))
		for _, c := range h.bucket(i) {
			c.enqueue(h.ping)
		}
		for b := i % (buckets / checks); b < buckets; b += buckets / checks {
			for _, c := range h.bucket(b) {
				if now-time.Duration(c.heard.Load()) > h.times.Silent || c.overdue(now) {
					c.kill()
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

// Drain accepts nothing more and sends every client away (promises, rule 13): a
// going_away frame that says after how long to come back, then the close code.
// retry gives that time for the i-th of n. They go a few at a time, within half
// of the time that ctx leaves. It returns nil when all are gone, else ctx's error.
func (h *Hub) Drain(ctx context.Context, retry func(i, n int) time.Duration) error {
	gone := make(chan struct{})
	h.mu.Lock()
	if h.state == running {
		h.state = draining
	}
	h.emptied = gone
	if h.count == 0 {
		close(gone)
		h.emptied = nil
	}
	h.mu.Unlock()

	var conns []*Conn
	h.Each(func(c *Conn) bool { conns = append(conns, c); return true })
	start, spread := time.Now(), drainSpread(ctx, len(conns))
	for i, c := range conns {
		if ahead := time.Duration(i)*spread/time.Duration(len(conns)) - time.Since(start); ahead > 5*time.Millisecond {
			sleep(ctx, ahead)
		}
		after := retry(i, len(conns))
		c.Send(api.Encode(&api.ServerFrame{Kind: api.FrameGoingAway, RetryAfterMS: after.Milliseconds()}))
		c.Close(api.CloseGoingAway, "the server is going away")
	}
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drainSpread is the time over which n clients are sent away.
func drainSpread(ctx context.Context, n int) time.Duration {
	spread := min(time.Duration(n)*time.Millisecond, 5*time.Second)
	if end, ok := ctx.Deadline(); ok {
		spread = min(spread, time.Until(end)/2)
	}
	return max(spread, 0)
}
