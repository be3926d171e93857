package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// table is the buckets of one rule, in two generations: what was touched since
// the last turn, and what was touched in the turn before. Turning drops the
// older one whole. Turned by time, it forgets only buckets that are full; turned
// by size (a flood of new keys), it forgets those that were used least lately.
type table struct {
	rate  Rate
	limit int // of one generation

	mu     sync.Mutex
	young  map[[16]byte]*rate.Limiter
	old    map[[16]byte]*rate.Limiter
	turned time.Time
}

func newTable(r Rate, keys int) *table {
	return &table{rate: r, limit: max(keys/2, 1), young: map[[16]byte]*rate.Limiter{}}
}

func (t *table) bucket(id [16]byte, now time.Time) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b, ok := t.young[id]; ok && now.Sub(t.turned) < t.rate.refill() {
		return b
	}
	t.turn(now)
	if b, ok := t.young[id]; ok {
		return b
	}
	b, ok := t.old[id]
	if !ok {
		b = t.rate.limiter()
	}
	t.young[id] = b
	return b
}

// turn begins a new generation when the present one is full or as old as a refill.
func (t *table) turn(now time.Time) {
	if t.turned.IsZero() {
		t.turned = now
	}
	if len(t.young) < t.limit && now.Sub(t.turned) < t.rate.refill() {
		return
	}
	t.old, t.young, t.turned = t.young, map[[16]byte]*rate.Limiter{}, now
}
