package call

import (
	"math/rand/v2"
	"time"
)

// Backoff is the wait before trying again (promises, rule 12): 0–1 s at first,
// then twice as much each time up to 0–30 s, with full jitter.
type Backoff struct{ tries int }

const (
	firstBackoff = time.Second
	mostBackoff  = 30 * time.Second
)

// Next returns how long to wait now.
func (b *Backoff) Next() time.Duration {
	bound := min(firstBackoff<<min(b.tries, 5), mostBackoff)
	b.tries++
	return rand.N(bound)
}

// Reset begins anew.
func (b *Backoff) Reset() { b.tries = 0 }
