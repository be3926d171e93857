package mail

import (
	"context"
	"log/slog"
	"time"
)

const (
	queueLength = 1000
	perLetter   = 30 * time.Second
	lastLetters = 2 * time.Second // for those that wait when the server stops
)

// Postman sends letters behind the back of who writes them, so that mail holds
// nobody up and the time of an answer does not tell whether a letter was
// written. Post may be called concurrently.
type Postman struct {
	sender Sender
	log    *slog.Logger
	queue  chan Letter
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

// Run sends letters until ctx ends, and then, for a moment, those that wait already.
func (p *Postman) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		select {
		case l := <-p.queue:
			p.send(ctx, l)
		case <-ctx.Done():
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLetters)
	defer cancel()
	for last.Err() == nil {
		select {
		case l := <-p.queue:
			p.send(last, l)
		default:
			return nil
		}
	}
	return nil
}

func (p *Postman) send(ctx context.Context, l Letter) {
	ctx, cancel := context.WithTimeout(ctx, perLetter)
	defer cancel()
	if err := p.sender.Send(ctx, l.To, l.Subject, l.Text); err != nil {
		p.log.WarnContext(ctx, "letter not sent", "subject", l.Subject, "err", err)
	}
}
