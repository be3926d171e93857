package loadtest

import (
	"context"
	"time"
)

// repairing is how often gaps are looked for; one that is there twice is pulled.
const repairing = 500 * time.Millisecond

// sweep pulls gaps until ctx ends, for all clients: one timer, not one for each.
func (s *swarm) sweep(ctx context.Context) {
	t := time.NewTicker(repairing)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, c := range s.clients {
			after := c.upTo.Load()
			if !c.gap.Load() {
				c.seen = -1
			} else if c.seen != after {
				c.seen = after
			} else {
				c.pull(after)
			}
		}
	}
}

// pullMissing asks on behalf of every receiver that has not had all.
func (s *swarm) pullMissing() {
	for _, c := range s.clients {
		if c.ledger != nil && c.had.Load() < s.due(c) {
			c.pull(c.upTo.Load())
		}
	}
}

// due is how many messages a receiver should have had by now.
func (s *swarm) due(c *client) (n int64) {
	for _, snd := range s.sendersTo(c) {
		snd.mu.Lock()
		n += snd.sent - int64(len(snd.refused))
		snd.mu.Unlock()
	}
	return n
}

func (c *client) pull(after int64) {
	if room := c.room.Load(); room != nil {
		// An error ends the reader too, which tells of it.
		_ = c.conn.Write(c.swarm.driver.Pull(*room, after))
	}
}
