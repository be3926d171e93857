package swarm

import (
	"context"
	"time"
)

// Clock counts from the beginning of a test. Senders and receivers share it, so
// that a latency needs no second clock.
type Clock struct {
	base time.Time
	wait func(ctx context.Context, until time.Time)
}

// Now is how long the test has been going on.
func (c Clock) Now() time.Duration { return time.Since(c.base) }

// Sleep waits until a moment, or until ctx ends.
func (c Clock) Sleep(ctx context.Context, until time.Duration) { c.wait(ctx, c.base.Add(until)) }

// Rest waits for d, less precisely. An error is why ctx ended.
func Rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
