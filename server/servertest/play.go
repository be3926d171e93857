package servertest

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
)

// WatchHeads reads the person's heads again and again until ctx ends, so that
// marks that go back are seen. A server that is away is asked again.
func (p *Person) WatchHeads(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var page struct {
			Conversations []api.Head `json:"conversations"`
		}
		if status, problem := p.http(ctx, "GET", "/v1/conversations", nil, &page); problem == nil && status == http.StatusOK {
			for _, h := range page.Conversations {
				p.history.Head(p.Handle, h)
			}
		}
	}
}

// MarkSome marks some of the person's conversations as read, up to anywhere:
// also below what was marked before, which must change nothing.
func (p *Person) MarkSome(ctx context.Context, r *rand.Rand) {
	var page struct {
		Conversations []api.Head `json:"conversations"`
	}
	p.http(ctx, "GET", "/v1/conversations", nil, &page)
	p.mu.Lock()
	s := p.socket
	p.mu.Unlock()
	for _, h := range page.Conversations {
		if s != nil && h.LastSeq > 0 {
			to := 1 + r.Int64N(h.LastSeq)
			s.send(ctx, api.ClientFrame{Kind: api.FrameMark, Conversation: h.Conversation, Received: to, Read: to}) //nolint:errcheck // the connection may be gone
		}
	}
}

// Expel removes a member of a group, whether or not the person may.
func (p *Person) Expel(ctx context.Context, c api.ConversationID, r *rand.Rand) {
	var page struct {
		Members []api.Member `json:"members"`
	}
	p.http(ctx, "GET", "/v1/conversations/"+c.String()+"/members", nil, &page)
	if len(page.Members) == 0 {
		return
	}
	m := page.Members[r.IntN(len(page.Members))]
	p.Do(ctx, api.Action{Type: api.RemoveMember, Conversation: c, Member: m.Member})
}

// Calm reads the outcome of every action that was asked for and all that each
// person who is left may see. The people must have stopped asking.
func (s *Server) Calm() {
	s.t.Helper()
	s.settle()
	s.AwaitErasures()
	by := map[string][]*history.Asked{}
	for _, x := range s.History.Asked {
		by[x.Person] = append(by[x.Person], x)
	}
	var all sync.WaitGroup
	slots := make(chan struct{}, 8)
	for _, p := range s.people {
		if s.History.IsErased(p.Handle) {
			continue
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			p.readOutcomes(by[p.Handle])
			p.readAll()
		})
	}
	all.Wait()
}

// Holds fails the test with every way in which what was recorded breaks the promises, but some.
func (s *Server) Holds(but ...string) {
	s.t.Helper()
	for _, v := range history.Check(s.History) {
		if slices.Contains(but, v.Promise) {
			continue
		}
		for _, how := range v.How {
			s.t.Errorf("%s: %s", v.Promise, how)
		}
	}
}

// settle waits until all that was accepted before is decided: what a server had
// accepted when it ended, the next one decides. The log keeps order, so it is
// when the last of all has its result; unblocking oneself is refused and leaves nothing.
func (s *Server) settle() {
	for handle, p := range s.people {
		if s.History.IsErased(handle) {
			continue
		}
		p.http(s.t.Context(), "DELETE", "/v1/me/blocks/"+handle, nil, nil, "Prefer", "wait=20")
		return
	}
}

func (p *Person) readOutcomes(asked []*history.Asked) {
	for _, x := range asked {
		var r api.Result
		status, problem := p.HTTP("GET", "/v1/actions/"+x.Action.ID.String(), nil, &r)
		switch {
		case problem == nil && status == http.StatusOK:
			x.Outcome = &r
		case problem == nil || problem.Code != "not_known_yet":
			p.t.Errorf("%s: reading an outcome: status %d, %v", p.Handle, status, problem)
		}
	}
}

func (p *Person) readAll() {
	for _, h := range p.Conversations() {
		p.history.End(history.Final{Person: p.Handle, Head: h, Page: p.Whole(h.Conversation), Messages: p.Messages(h.Conversation)})
	}
}
