package loadtest

import (
	"context"
	"time"
)

// pace says when each message of an open loop is meant to leave. It is a pure
// function of time: a server that stalls does not slow it down, and what waited
// meanwhile counts from the moment it was meant for.
type pace struct {
	start time.Duration
	rate  float64 // messages per second, of all senders together
}

func (p pace) due(k int64) time.Duration {
	return p.start + time.Duration(float64(k)/p.rate*float64(time.Second))
}

// run calls send for each message that is meant to leave before end, as soon as
// it may leave.
func (p pace) run(ctx context.Context, c clock, end time.Duration, send func(k int64, due time.Duration)) {
	for k := int64(0); ; k++ {
		due := p.due(k)
		if due >= end {
			return
		}
		if due > c.now() {
			c.sleep(ctx, due)
		}
		if ctx.Err() != nil {
			return
		}
		send(k, due)
	}
}

// clock counts from the beginning of a test. Senders and receivers share it, so
// that a latency needs no second clock.
type clock struct {
	base time.Time
	wait func(ctx context.Context, until time.Time)
}

func (c clock) now() time.Duration { return time.Since(c.base) }

func (c clock) sleep(ctx context.Context, until time.Duration) { c.wait(ctx, c.base.Add(until)) }
