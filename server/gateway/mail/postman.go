package mail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"
)

const (
	queueLength = 1000 // letters that wait, those that are tried again included
	perLetter   = 30 * time.Second
	firstAgain  = 5 * time.Second // after a failure, and twice as long after each further one
	worthwhile  = 8 * time.Minute // a code is of no use much longer
	lastLetters = 2 * time.Second // for those that wait when the server stops
)

// Postman sends letters behind the back of who writes them, so that mail holds
// nobody up and the time of an answer does not tell whether a letter was
// written. What cannot be sent is tried again for a while. Post may be called
// concurrently.
type Postman struct {
	sender Sender
	log    *slog.Logger
	queue  chan Letter
	again  []pending // Run's own, the earliest first
}

// pending is a letter that could not be sent yet.
type pending struct {
	Letter
	posted, due time.Time
	wait        time.Duration // before the try after this one
}

// NewPostman makes a postman who sends nothing before Run.
func NewPostman(s Sender, log *slog.Logger) *Postman {
	return &Postman{sender: s, log: log, queue: make(chan Letter, queueLength)}
}

// Post returns at once. When too many letters wait, l is dropped: the person
// asks for another (promises, rule 19).
func (p *Postman) Post(ctx context.Context, l Letter) {
	select {
	case p.queue <- l:
	default:
		p.log.WarnContext(ctx, "letter dropped", "waiting", len(p.queue))
	}
}

// Run sends letters until ctx ends, and then, for a moment, those that nobody has
// tried yet. It logs how many are lost.
func (p *Postman) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		p.next(ctx)
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLetters)
	defer cancel()
	for last.Err() == nil && len(p.queue) > 0 {
		p.send(last, pending{Letter: <-p.queue})
	}
	if lost := len(p.queue) + len(p.again); lost > 0 {
		p.log.WarnContext(last, "letters lost", "waiting", lost)
	}
	return nil
}

// next sends the next letter: one whose time for another try has come, or a new
// one. While too many wait for another try no new one is taken, so that the
// queue fills and Post drops.
func (p *Postman) next(ctx context.Context) {
	queue := p.queue
	if len(p.again) >= queueLength {
		queue = nil
	}
	var due <-chan time.Time
	if len(p.again) > 0 {
		timer := time.NewTimer(time.Until(p.again[0].due))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case l := <-queue:
		p.send(ctx, pending{Letter: l, posted: time.Now(), wait: firstAgain})
	case <-due:
		l := p.again[0]
		p.again = p.again[1:]
		p.send(ctx, l)
	case <-ctx.Done():
	}
}

func (p *Postman) send(ctx context.Context, l pending) {
	within, cancel := context.WithTimeout(ctx, perLetter)
	defer cancel()
	err := p.sender.Send(within, l.To, l.Subject, l.Text)
	if err == nil {
		return
	}
	now := time.Now()
	if ctx.Err() != nil || l.wait == 0 || errors.Is(err, ErrRefused) || now.Add(l.wait).Sub(l.posted) > worthwhile {
		p.log.WarnContext(ctx, "letter not sent", "subject", l.Subject, "err", err)
		return
	}
	if l.wait == firstAgain {
		p.log.WarnContext(ctx, "letter is tried again", "subject", l.Subject, "err", err)
	}
	l.due, l.wait = now.Add(l.wait), 2*l.wait
	at := len(p.again)
	for at > 0 && p.again[at-1].due.After(l.due) {
		at--
	}
	p.again = slices.Insert(p.again, at, l)
}
