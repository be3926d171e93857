package machine

import (
	"context"
	"time"

	"golang.org/x/sys/unix"
)

// Wait sleeps until a moment, or until ctx ends. The runtime's timers are late
// by up to a millisecond, which would be most of what is measured: the last part
// of the way is the kernel's own sleep.
func Wait(ctx context.Context, until time.Time) {
	const coarse = 2 * time.Millisecond
	if d := time.Until(until); d > coarse {
		t := time.NewTimer(d - coarse)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
	for d := time.Until(until); d > 0 && ctx.Err() == nil; d = time.Until(until) {
		ts := unix.NsecToTimespec(d.Nanoseconds())
		_ = unix.Nanosleep(&ts, nil) // interrupted early: the loop goes on
	}
}
