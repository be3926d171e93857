package limit

import (
	"sync"
	"time"
)

// The times that a Door names.
const (
	soonest   = time.Second      // HTTP's Retry-After knows nothing shorter
	latest    = 30 * time.Second // a longer queue begins anew, between those that wait
	leastPace = 500              // who come back, a second: sending one away again costs next to nothing
)

// Door lets a bounded number in at one time. It tells who is sent away when to
// come back: each a place in a queue, as many a second as came in lately, so that
// a crowd neither returns at once nor waits for longer than it must (promises,
// rule 12). Its methods may be called concurrently.
type Door struct {
	most int
	now  func() time.Time

	mu     sync.Mutex
	inside int
	next   time.Time // of the queue's end
	second time.Time // when the second began in which
	came   int       // so many came in
	before int       // and in the one before it
}

// NewDoor lets most in at one time.
func NewDoor(most int, now func() time.Time) *Door { return &Door{most: most, now: now} }

// Enter lets somebody in, who must call leave once; or leave is nil, and later is
// after how long to come back.
func (d *Door) Enter() (leave func(), later time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if past := now.Sub(d.second); past >= time.Second {
		if d.before = d.came; past >= 2*time.Second {
			d.before = 0
		}
		d.second, d.came = now, 0
	}
	if d.inside >= d.most {
		return nil, d.place(now)
	}
	d.inside++
	d.came++
	return d.leave, 0
}

// place takes the queue's next place.
func (d *Door) place(now time.Time) time.Duration {
	if wait := d.next.Sub(now); wait < soonest || wait > latest {
		d.next = now.Add(soonest)
	}
	later := d.next.Sub(now)
	d.next = d.next.Add(time.Second / time.Duration(max(d.came, d.before, leastPace)))
	return later
}

func (d *Door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside--
}
