//go:build !linux

package loadtest

import (
	"context"
	"time"
)

// wait sleeps until a moment, or until ctx ends.
func wait(ctx context.Context, until time.Time) {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
