package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/socket"
	"github.com/chatctl/chatctl/loadtest/swarm"
	"golang.org/x/sync/errgroup"
)

// reconnect lets everybody lose their connections at once. Each comes back as
// every client of this server does (promises, rule 12).
func reconnect(ctx context.Context, s *test) error {
	if err := s.acquaint(ctx); err != nil {
		return err
	}
	if err := s.Open(ctx, s.Clients); err != nil {
		return err
	}
	if err := swarm.Rest(ctx, s.cfg.Warmup); err != nil {
		return err
	}
	s.Enter(measure.Measuring)
	s.Connect.Reset() // what is told is the coming back
	s.Attach.Reset()
	s.Attempts.Store(0)
	s.Refused.Store(0)
	s.Failed.Store(0)
	s.begin = machine.Take(s.PID())
	err := s.storm(ctx)
	s.end = machine.Take(s.PID())
	return err
}

// storm drops all connections and waits until all are back, or the time is over.
func (s *test) storm(whole context.Context) error {
	ctx, cancel := context.WithTimeout(whole, s.cfg.Duration)
	defer cancel()
	back := measure.NewRecorder(machine.Cores())
	s.back = &measure.Reconnect{Dropped: len(s.Clients)}
	start := s.Clock.Now()
	s.From.Store(int64(start))
	s.Dropping.Store(true)
	g := new(errgroup.Group)
	for _, c := range s.Clients {
		g.Go(func() error { return s.comeBack(ctx, c, back) })
	}
	err := s.drop(ctx, start)
	if err != nil {
		cancel()
	}
	if late := g.Wait(); late != nil && err == nil && whole.Err() == nil {
		s.Fail(fmt.Sprintf("not all were back after %v", s.cfg.Duration))
	}
	s.back.CalmS = measure.Round((s.Clock.Now() - start).Seconds())
	s.back.Back, s.back.BackMS = back.Count(), back.Quantiles()
	s.back.Attempts, s.back.Refused, s.back.Failed = s.Attempts.Load(), s.Refused.Load(), s.Failed.Load()
	return errors.Join(err, context.Cause(whole))
}

// drop ends every connection, and returns when the server can be reached again.
func (s *test) drop(ctx context.Context, start time.Duration) error {
	if s.cfg.Drop == ByClients {
		for _, c := range s.Clients {
			c.Cut()
		}
		return nil
	}
	pid, err := s.cfg.Target.Restart(ctx)
	if err != nil {
		return fmt.Errorf("restarting the server: %w", err)
	}
	s.Restarted(pid)
	s.begin.Server = 0 // of the new process
	s.back.AwayS = measure.Round((s.Clock.Now() - start).Seconds())
	return nil
}

// comeBack waits for a client's connection to end and makes a new one: at first
// after 0–1 s, or when the server said, then after twice as long, with full
// jitter, up to 30 s. Who is told when to come back adds a jitter to that which
// starts anew and grows half as fast.
func (s *test) comeBack(ctx context.Context, c *swarm.Client, back *measure.Recorder) error {
	select {
	case <-c.Ended:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	gone := c.EndedAt
	dice := plan.Dice(s.cfg.Seed, 1+c.ID)
	wait := c.After
	if wait == 0 {
		wait = jitter(dice, 0)
	}
	tries, told := 1, 0
	for {
		if err := swarm.Rest(ctx, wait); err != nil {
			return err
		}
		err := s.tryOnce(ctx, c)
		if err == nil {
			back.Add(c.ID, s.Clock.Now()-gone)
			return nil
		}
		var refused *socket.Refused
		if errors.As(err, &refused) && refused.RetryAfter > 0 {
			wait = refused.RetryAfter + jitter(dice, told/2)
			told++
		} else {
			wait = jitter(dice, tries)
			tries++
		}
	}
}

func (s *test) tryOnce(ctx context.Context, c *swarm.Client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, fmt.Errorf("not live after %v", s.cfg.Timeout))
	defer cancel()
	start := s.Clock.Now()
	err := s.Attempt(ctx, c)
	if err == nil {
		s.Connect.Add(c.ID, s.Clock.Now()-start)
	}
	return err
}

const mostJitter = 30 * time.Second

func jitter(r *rand.Rand, tries int) time.Duration {
	return time.Duration(r.Int64N(int64(min(time.Second<<min(tries, 5), mostJitter))))
}
