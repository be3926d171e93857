package call

import (
	"math/rand/v2"
	"time"
)

// Backoff is the wait before trying again (promises, rule 12): 0–1 s at first,
// then twice as much each time up to 0–30 s, with full jitter.
type Backoff struct{ tries, told int }

const (
	firstBackoff = time.Second
	mostBackoff  = 30 * time.Second
)

// Next returns how long to wait now.
func (b *Backoff) Next() time.Duration {
	b.tries++
	return rand.N(bound(b.tries - 1))
}

// After returns how long to wait when the server has said how long: that, and a
// jitter that begins at 0–1 s, however often nobody answered before, and grows
// half as fast as Next. A server that sends many away gives each a time of its
// own; one that says the same to everybody, again and again, is left alone, too.
func (b *Backoff) After(said time.Duration) time.Duration {
	b.told++
	return said + rand.N(bound((b.told-1)/2))
}

func bound(tries int) time.Duration { return min(firstBackoff<<min(tries, 5), mostBackoff) }

// Reset begins anew.
func (b *Backoff) Reset() { *b = Backoff{} }
