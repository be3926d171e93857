package loadtest

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/swarm"
	"golang.org/x/sync/errgroup"
)

// pump lets all senders send for the ramp, the warm-up and the duration, and
// then waits for what is still under way.
func (s *test) pump(ctx context.Context) error {
	measuring := cmp.Or(s.cfg.Duration, maxDuration)
	start := s.Clock.Now() + 10*time.Millisecond // time for the goroutines to stand ready
	base := start + s.cfg.Ramp + s.cfg.Warmup
	from := base
	if s.cfg.Scenario == Slow {
		from += s.cfg.Duration // the first half shows what there is to compare with
	}
	end := from + measuring
	s.Base.Store(int64(base))
	s.From.Store(int64(from))
	s.Until.Store(int64(end))
	s.Enter(measure.Warming)
	g, gctx := errgroup.WithContext(ctx)
	for i, snd := range s.Senders {
		begin := start + s.cfg.Ramp*time.Duration(i)/time.Duration(len(s.Senders))
		g.Go(func() error { return snd.Run(gctx, begin, end) })
	}
	g.Go(func() error {
		if from > base {
			if err := swarm.Rest(gctx, base-s.Clock.Now()); err != nil {
				return err
			}
			s.Enter(measure.Comparing)
		}
		return s.watch(gctx, from, end)
	})
	if s.cfg.Rate > 0 {
		s.schedule(gctx, start, end)
	}
	sent := make(chan error, 1)
	go func() { sent <- g.Wait() }()
	err := s.outlast(ctx, end, sent)
	if err != nil && s.end.At.IsZero() {
		return err
	}
	s.Enter(measure.Draining)
	if ctx.Err() != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
		defer cancel()
		defer context.AfterFunc(late, s.Close)() // a write to a server that does not read ends, too
		ctx = late
	}
	s.SettleSlow(ctx)
	return errors.Join(err, s.Drain(ctx))
}

// lastWait is how long an interrupted test waits for what is under way, so that
// it is not taken for lost.
const lastWait = 2 * time.Second

// schedule hands each message of an open loop to a sender as soon as it is due.
func (s *test) schedule(ctx context.Context, start, end time.Duration) {
	defer func() {
		for _, snd := range s.Senders {
			snd.Finish()
		}
	}()
	p := plan.Pace{Start: start, Ramp: s.cfg.Ramp, Rate: s.cfg.Rate / float64(s.PerMessage), Arrivals: s.cfg.Arrivals}
	next := 0
	for due := range p.Due(plan.Dice(s.cfg.Seed, 0)) {
		if due >= end {
			return
		}
		if due > s.Clock.Now() {
			s.Clock.Sleep(ctx, due)
		}
		if ctx.Err() != nil || !s.Grant(due) {
			return
		}
		s.Senders[next%len(s.Senders)].Push(due)
		next++
	}
}

// outlast waits until all senders are done. One that still hangs in a write a
// whole timeout after the end, since the server does not read, is cut off.
func (s *test) outlast(ctx context.Context, end time.Duration, sent <-chan error) error {
	t := time.NewTimer(end - s.Clock.Now() + s.cfg.Timeout)
	defer t.Stop()
	var why error
	select {
	case err := <-sent:
		return err
	case <-ctx.Done():
		why = context.Cause(ctx)
		t.Reset(lastWait)
		select {
		case <-sent: //nolint:errcheck // it is why, too, and no news
			return why
		case <-t.C:
		}
	case <-t.C:
		s.Fail("a sender could not finish: the server does not read")
	}
	for _, snd := range s.Senders {
		snd.Cut()
	}
	if err := <-sent; why == nil {
		why = err
	}
	return why
}

// watch takes the processes' use of the machine at both ends of the measuring,
// which ctx may end early.
func (s *test) watch(ctx context.Context, from, end time.Duration) error {
	if err := swarm.Rest(ctx, from-s.Clock.Now()); err != nil {
		return err
	}
	s.Enter(measure.Measuring)
	s.begin = machine.Take(s.PID())
	t := time.NewTimer(end - s.Clock.Now())
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.Spent:
	case <-ctx.Done():
		s.Until.Store(int64(s.Clock.Now()))
	}
	s.end = machine.Take(s.PID())
	return context.Cause(ctx)
}
