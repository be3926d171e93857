package bus

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstWait = 50 * time.Millisecond
	lastWait  = 5 * time.Second
)

// backoff is the wait between tries: full jitter below a ceiling that doubles
// from 50 ms to 5 s (promises, rule 7).
type backoff struct{ ceiling time.Duration }

// wait sleeps before the next try; it fails when ctx ends.
func (b *backoff) wait(ctx context.Context) error {
	b.ceiling = min(lastWait, max(firstWait, 2*b.ceiling))
	t := time.NewTimer(rand.N(b.ceiling))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
