//go:build !linux

package machine

import (
	"context"
	"time"
)

// Wait sleeps until a moment, or until ctx ends.
func Wait(ctx context.Context, until time.Time) {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
