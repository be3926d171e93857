package swarm

import (
	"context"
	"time"
)

// Expected is how many deliveries there have to be, and how many messages have
// no result yet.
func (s *Swarm) Expected() (deliveries, unanswered int64) {
	for _, snd := range s.Senders {
		a := snd.Account()
		deliveries += a.Expected() * s.PerMessage
		unanswered += a.Sent - a.Answered
	}
	return deliveries, unanswered
}

// Drain waits until all has come, or nothing more has for a whole timeout. What
// stays away meanwhile is pulled, as a client does.
func (s *Swarm) Drain(ctx context.Context) error {
	const every = 20 * time.Millisecond
	last, moved, pulled := int64(-1), s.Clock.Now(), s.Clock.Now()
	for {
		deliveries, unanswered := s.Expected()
		now := s.Clock.Now()
		if s.Fresh.Load() >= deliveries && unanswered <= 0 {
			return nil
		}
		if have := s.Fresh.Load() - unanswered; have != last {
			last, moved, pulled = have, now, now
		}
		if now-moved > s.cfg.Timeout {
			return nil
		}
		if now-pulled > min(time.Second, s.cfg.Timeout/2) {
			pulled = now
			s.pullMissing()
		}
		if err := Rest(ctx, every); err != nil {
			return err
		}
	}
}
