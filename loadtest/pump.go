package loadtest

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"golang.org/x/sync/errgroup"
)

// pump lets all senders send for the warm-up and the duration, and then waits
// for what is still under way. perMessage is how many deliveries a message has.
func (s *swarm) pump(ctx context.Context, perMessage int) error {
	start := s.clock.now() + 10*time.Millisecond // time for the goroutines to stand ready
	from, end := start+s.cfg.Warmup, start+s.cfg.Warmup+s.cfg.Duration
	s.from.Store(int64(from))
	s.until.Store(int64(end))
	g, gctx := errgroup.WithContext(ctx)
	for _, snd := range s.senders {
		g.Go(func() error { return snd.run(gctx, end) })
	}
	g.Go(func() error { return s.watch(gctx, from, end) })
	if s.cfg.Rate > 0 {
		p := pace{start: start, rate: s.cfg.Rate / float64(perMessage)}
		p.run(gctx, s.clock, end, func(k int64, due time.Duration) {
			s.senders[k%int64(len(s.senders))].push(due)
		})
		for _, snd := range s.senders {
			snd.finish()
		}
	}
	sent := make(chan error, 1)
	go func() { sent <- g.Wait() }()
	if err := s.outlast(ctx, end, sent); err != nil {
		return err
	}
	return s.drain(ctx)
}

// outlast waits until all senders are done. One that still hangs in a write a
// whole timeout after the end, since the server does not read, is cut off.
func (s *swarm) outlast(ctx context.Context, end time.Duration, sent <-chan error) error {
	t := time.NewTimer(end - s.clock.now() + s.cfg.Timeout)
	defer t.Stop()
	var why error
	select {
	case err := <-sent:
		return err
	case <-ctx.Done():
		why = context.Cause(ctx)
	case <-t.C:
		s.fail("a sender could not finish: the server does not read")
	}
	for _, snd := range s.senders {
		snd.client.conn.Close()
	}
	if err := <-sent; why == nil {
		why = err
	}
	return why
}

// watch takes the processes' use of the machine at both ends of the measuring.
func (s *swarm) watch(ctx context.Context, from, end time.Duration) error {
	if s.rest(ctx, from-s.clock.now()) != nil {
		return context.Cause(ctx)
	}
	s.begin = machine.Take(s.cfg.Target.PID)
	if s.rest(ctx, end-s.clock.now()) != nil {
		return context.Cause(ctx)
	}
	s.end = machine.Take(s.cfg.Target.PID)
	return nil
}

func (s *swarm) rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// expected is how many deliveries there have to be, and how many messages have
// no result yet.
func (s *swarm) expected() (deliveries, unanswered int64) {
	for _, snd := range s.senders {
		snd.mu.Lock()
		deliveries += (snd.sent - int64(len(snd.refused))) * int64(s.receivers())
		unanswered += snd.sent - snd.answered
		snd.mu.Unlock()
	}
	return deliveries, unanswered
}

// drain waits until all has come, or nothing more has for a whole timeout. What
// stays away meanwhile is pulled, as a client does.
func (s *swarm) drain(ctx context.Context) error {
	const every = 20 * time.Millisecond
	last, moved, pulled := int64(-1), s.clock.now(), s.clock.now()
	for {
		deliveries, unanswered := s.expected()
		now := s.clock.now()
		if s.fresh.Load() >= deliveries && unanswered <= 0 {
			return nil
		}
		if have := s.fresh.Load() - unanswered; have != last {
			last, moved, pulled = have, now, now
		}
		if now-moved > s.cfg.Timeout {
			return nil
		}
		if now-pulled > min(time.Second, s.cfg.Timeout/2) {
			pulled = now
			s.pullMissing()
		}
		if err := s.rest(ctx, every); err != nil {
			return err
		}
	}
}
