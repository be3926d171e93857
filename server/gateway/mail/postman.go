package mail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	mostWaiting = 1000 // letters, those that are tried again included
	senders     = 4    // letters on their way at once
	perDomain   = 2    // of those: a mail server that is slow for some recipients leaves the others theirs
	perLetter   = 30 * time.Second
	firstAgain  = 5 * time.Second // after a failure, and twice as long after each further one
	worthwhile  = 8 * time.Minute // a code is of no use much longer: not tried, or not again
	lastLetters = 2 * time.Second // for those that wait when the server stops
)

// Postman sends letters behind the back of who writes them, so that mail holds
// nobody up and the time of an answer does not tell whether a letter was
// written. A few are on their way at once, one for each address. What cannot be
// sent is tried again for a while. Post may be called concurrently.
type Postman struct {
	sender  Sender
	log     *slog.Logger
	changed chan struct{} // wakes Run

	mu       sync.Mutex
	waiting  []pending // in the order in which they were posted
	again    []pending // the earliest first
	sending  []pending // senders at most
	stopping bool      // nothing is tried again
}

// pending is a letter that was not sent yet.
type pending struct {
	Letter
	posted, due time.Time
	wait        time.Duration // before the try after this one
}

// NewPostman makes a postman who sends nothing before Run.
func NewPostman(s Sender, log *slog.Logger) *Postman {
	return &Postman{sender: s, log: log, changed: make(chan struct{}, 1)}
}

// Post returns at once. When too many letters wait, l is dropped: the person
// asks for another (promises, rule 19).
func (p *Postman) Post(ctx context.Context, l Letter) {
	p.mu.Lock()
	n := len(p.waiting) + len(p.again)
	if n < mostWaiting {
		p.waiting = append(p.waiting, pending{Letter: l, posted: time.Now(), wait: firstAgain})
	}
	p.mu.Unlock()
	if n >= mostWaiting {
		p.log.WarnContext(ctx, "letter dropped", "waiting", n)
		return
	}
	p.wake()
}

func (p *Postman) wake() {
	select {
	case p.changed <- struct{}{}:
	default: // it is awake already
	}
}

// Run sends letters until ctx ends, and then, for a moment, those that nobody has
// tried yet. It logs how many are lost.
func (p *Postman) Run(ctx context.Context) error {
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var busy sync.WaitGroup
	send := func(l pending) { busy.Go(func() { p.send(sending, l) }) }
	for ctx.Err() == nil {
		p.next(ctx, send)
	}
	lost := p.stop()
	defer time.AfterFunc(lastLetters, cancel).Stop()
	for sending.Err() == nil && p.waits() > 0 {
		p.next(sending, send)
	}
	busy.Wait()
	if lost += p.waits(); lost > 0 {
		p.log.WarnContext(ctx, "letters lost", "waiting", lost)
	}
	return nil
}

// stop has nothing tried again, and tells how many letters are lost by that.
func (p *Postman) stop() (lost int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	lost, p.again, p.stopping = len(p.again), nil, true
	return lost
}

// waits is how many letters nobody has tried yet.
func (p *Postman) waits() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting)
}

// next hands the next letter to send, or waits until there may be one.
func (p *Postman) next(ctx context.Context, send func(pending)) {
	now := time.Now()
	if n := p.expire(now); n > 0 {
		p.log.WarnContext(ctx, "letters not sent: they waited too long", "letters", n)
	}
	l, wait, ok := p.pick(now)
	if ok {
		send(l)
		return
	}
	var due <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-p.changed:
	case <-due:
	case <-ctx.Done():
	}
}

// expire drops what waits and is of no use any more, so that letters to where
// nothing is taken do not fill the room of all others for ever.
func (p *Postman) expire(now time.Time) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n < len(p.waiting) && now.Sub(p.waiting[n].posted) > worthwhile {
		n++
	}
	p.waiting = slices.Delete(p.waiting, 0, n)
	return n
}

// pick takes the next letter that may go out now: one whose time for another try
// has come, or a new one. When there is none, it tells how long until the next is
// due, 0 for none.
func (p *Postman) pick(now time.Time) (l pending, wait time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.sending) == senders {
		return pending{}, 0, false
	}
	ready := 0
	for ready < len(p.again) && !p.again[ready].due.After(now) {
		ready++
	}
	switch at, next := slices.IndexFunc(p.again[:ready], p.mayGo), slices.IndexFunc(p.waiting, p.mayGo); {
	case at >= 0:
		l = p.again[at]
		p.again = slices.Delete(p.again, at, at+1)
	case next >= 0:
		l = p.waiting[next]
		p.waiting = slices.Delete(p.waiting, next, next+1)
	case ready < len(p.again):
		return pending{}, p.again[ready].due.Sub(now), false
	default:
		return pending{}, 0, false
	}
	p.sending = append(p.sending, l)
	return l, 0, true
}

// mayGo reports whether a letter's address and domain leave it a sender. p.mu is held.
func (p *Postman) mayGo(l pending) bool {
	n := 0
	for _, other := range p.sending {
		if other.To == l.To {
			return false
		}
		if domain(other.To) == domain(l.To) {
			n++
		}
	}
	return n < perDomain
}

func domain(address string) string {
	return strings.ToLower(address[strings.LastIndexByte(address, '@')+1:])
}

func (p *Postman) send(ctx context.Context, l pending) {
	within, cancel := context.WithTimeout(ctx, perLetter)
	defer cancel()
	err := p.sender.Send(within, l.To, l.Subject, l.Text)
	now := time.Now()
	p.mu.Lock()
	p.sending = slices.DeleteFunc(p.sending, func(other pending) bool { return other.To == l.To })
	again := err != nil && !p.stopping && !errors.Is(err, ErrRefused) && !now.Add(l.wait).After(l.posted.Add(worthwhile))
	first := l.wait == firstAgain
	if again {
		l.due, l.wait = now.Add(l.wait), 2*l.wait
		at := len(p.again)
		for at > 0 && p.again[at-1].due.After(l.due) {
			at--
		}
		p.again = slices.Insert(p.again, at, l)
	}
	p.mu.Unlock()
	p.wake()
	switch {
	case err != nil && !again:
		p.log.WarnContext(ctx, "letter not sent", "subject", l.Subject, "err", err)
	case again && first:
		p.log.WarnContext(ctx, "letter is tried again", "subject", l.Subject, "err", err)
	}
}
