package verify

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history/record"
)

// Office is what an administrator does on a server. An error says that it is not
// acknowledged, and may be passing: each may be asked for again.
type Office interface {
	Suspend(ctx context.Context, handle string) error
	Resume(ctx context.Context, handle string) error
	Purge(ctx context.Context, c api.ConversationID) error
}

// Of the time that people talk, an administrator lets so many parts pass before
// each thing that they do.
const officeParts = 8

// administer has an administrator, while there is talk, suspend one of the people
// for a moment and delete all messages of a group, by turns. The last of the
// people, who erases their account, is left alone.
func (s *stage) administer(talking, whole context.Context) error {
	r := rand.New(rand.NewPCG(s.cfg.Seed, 1<<33))
	every := time.NewTicker(s.cfg.Duration / officeParts)
	defer every.Stop()
	for n := 0; ; n++ {
		select {
		case <-talking.Done():
			return nil
		case <-every.C:
		}
		if n%2 == 0 {
			s.suspend(whole, s.people[r.IntN(len(s.people)-1)], every.C)
		} else {
			s.purge(whole, s.groups[r.IntN(len(s.groups))].conv)
		}
	}
}

// suspend suspends somebody, who goes on talking meanwhile, until a moment.
func (s *stage) suspend(ctx context.Context, p *player, until <-chan time.Time) {
	if !record.Until(ctx, func() bool { return s.cfg.Target.Office.Suspend(ctx, p.Handle) == nil }) {
		return
	}
	s.rec.History.Bar(p.Handle, api.SessionID{})
	p.Try(ctx, api.Action{Type: api.SendMessage, To: s.people[0].Handle, Text: "let me out"}) //nolint:errcheck // what came of it is recorded
	select {
	case <-until:
	case <-ctx.Done():
	}
	s.rec.History.Readmit(p.Handle)
	record.Until(ctx, func() bool { return s.cfg.Target.Office.Resume(ctx, p.Handle) == nil })
}

func (s *stage) purge(ctx context.Context, c api.ConversationID) {
	s.rec.History.Administer(c)
	record.Until(ctx, func() bool { return s.cfg.Target.Office.Purge(ctx, c) == nil })
}
