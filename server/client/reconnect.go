package client

import (
	"math/rand/v2"
	"time"
)

// backoff is the wait before trying again (promises, rule 12): 0–1 s at first,
// then twice as much each time up to 0–30 s, with full jitter.
type backoff struct{ tries int }

const (
	firstBackoff = time.Second
	mostBackoff  = 30 * time.Second
)

func (b *backoff) next() time.Duration {
	bound := min(firstBackoff<<min(b.tries, 5), mostBackoff)
	b.tries++
	return rand.N(bound)
}

func (b *backoff) reset() { b.tries = 0 }
