package swarm

import (
	"context"
	"time"
)

// slowBuffer is what a slow reader's kernel keeps for it: little, so that the
// server notices soon that nobody reads.
const slowBuffer = 16 << 10

// isMeasuring reports whether the measuring has begun; from then on slow readers
// do not read.
func (s *Swarm) isMeasuring() bool {
	from := s.From.Load()
	return from > 0 && int64(s.Clock.Now()) >= from
}

// SettleSlow lets slow readers read again, and waits until each has either read
// all that had come meanwhile or met the end that the server made.
func (s *Swarm) SettleSlow(ctx context.Context) {
	s.LetRead()
	t := time.NewTimer(s.cfg.Timeout)
	defer t.Stop()
	for _, c := range s.Clients {
		if !c.Slow {
			continue
		}
		c.pull(0) // what answers it comes last
		select {
		case <-c.settled:
		case <-c.Ended:
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}
