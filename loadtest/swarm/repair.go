package swarm

import (
	"context"
	"time"
)

// repairing is how often gaps are looked for; one that is there twice is pulled.
const repairing = 500 * time.Millisecond

// Sweep pulls gaps until ctx ends, for all clients: one timer, not one for each.
func (s *Swarm) Sweep(ctx context.Context) {
	t := time.NewTicker(repairing)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		for _, c := range s.Clients {
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
func (s *Swarm) pullMissing() {
	for _, c := range s.Clients {
		if c.Ledger != nil && c.had.Load() < c.due() {
			c.pull(c.upTo.Load())
		}
	}
}

// due is how many messages a receiver should have had by now.
func (c *Client) due() (n int64) {
	for _, snd := range c.Hears {
		n += snd.Account().Expected()
	}
	return n
}

func (c *Client) pull(after int64) {
	if room := c.room.Load(); room != nil {
		// An error ends the reader too, which tells of it.
		_ = c.conn.Write(c.swarm.Driver.Pull(*room, after))
	}
}
