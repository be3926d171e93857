package record

import (
	"context"
	"math/rand/v2"
	"net/http"

	"github.com/chatctl/chatctl/server/api"
)

// own picks one of the messages that the person knows to have sent.
func (p *Person) own(r *rand.Rand) (one api.Result, ok bool) {
	sent := p.Recorder.History.Sent(p.Handle)
	if len(sent) == 0 {
		return one, false
	}
	return sent[r.IntN(len(sent))], true
}

// EditSome edits one of the person's own messages, wherever it is.
func (p *Person) EditSome(ctx context.Context, r *rand.Rand, text string) {
	if m, ok := p.own(r); ok {
		p.Do(ctx, api.Action{Type: api.EditMessage, Conversation: m.Conversation, Target: m.Seq, Text: text})
	}
}

// DeleteSome deletes one of the person's own messages, wherever it is, half of
// the time after an edit: no version of it may be left.
func (p *Person) DeleteSome(ctx context.Context, r *rand.Rand, text string) {
	m, ok := p.own(r)
	if !ok {
		return
	}
	if r.IntN(2) == 0 {
		p.Do(ctx, api.Action{Type: api.EditMessage, Conversation: m.Conversation, Target: m.Seq, Text: text})
	}
	p.Do(ctx, api.Action{Type: api.DeleteMessage, Conversation: m.Conversation, Target: m.Seq})
}

// Moderate deletes what lies anywhere in a conversation, whether or not the person may.
func (p *Person) Moderate(ctx context.Context, c api.ConversationID, r *rand.Rand) {
	var h api.Head
	if p.Get(ctx, "/v1/conversations/"+c.String(), &h) == nil && h.LastSeq > 0 {
		p.Do(ctx, api.Action{Type: api.DeleteMessage, Conversation: c, Target: 1 + r.Int64N(h.LastSeq)})
	}
}

// Rank gives some member of a group some role, whether or not the person may.
func (p *Person) Rank(ctx context.Context, c api.ConversationID, r *rand.Rand) {
	if m, ok := p.some(ctx, c, r); ok {
		role := []api.Role{api.Plain, api.Admin, api.Admin}[r.IntN(3)]
		if r.IntN(12) == 0 { // whoever it is gives their own away, and can give no more
			role = api.Owner
		}
		p.Do(ctx, api.Action{Type: api.SetRole, Conversation: c, Member: m, Role: role})
	}
}

// Expel removes a member of a group, whether or not the person may.
func (p *Person) Expel(ctx context.Context, c api.ConversationID, r *rand.Rand) {
	if m, ok := p.some(ctx, c, r); ok {
		p.Do(ctx, api.Action{Type: api.RemoveMember, Conversation: c, Member: m})
	}
}

// some picks one of the members of a group.
func (p *Person) some(ctx context.Context, c api.ConversationID, r *rand.Rand) (m api.MemberID, ok bool) {
	var page struct {
		Members []api.Member `json:"members"`
	}
	if err := p.Get(ctx, "/v1/conversations/"+c.String()+"/members", &page); err != nil || len(page.Members) == 0 {
		return m, false
	}
	return page.Members[r.IntN(len(page.Members))].Member, true
}

// MarkSome marks the person's conversations as read up to anywhere: also below
// what was marked before, which must change nothing.
func (p *Person) MarkSome(ctx context.Context, r *rand.Rand) {
	heads, err := p.Conversations(ctx)
	if err != nil {
		return // the server is away
	}
	for _, h := range heads {
		if s := p.connected(); s != nil && h.LastSeq > 0 {
			to := 1 + r.Int64N(h.LastSeq)
			s.Send(ctx, api.ClientFrame{Kind: api.FrameMark, Conversation: h.Conversation, Received: to, Read: to}) //nolint:errcheck // the connection may be gone
		}
	}
}

// Erase erases the person's account, asking again until the server has
// acknowledged it; a session that is gone is an answer, too.
func (p *Person) Erase(ctx context.Context, password string) {
	problem := p.Insist(ctx, "POST", "/v1/me/erase", map[string]any{"password": password}, nil)
	switch {
	case problem == nil, problem.Status == http.StatusUnauthorized:
		p.Recorder.History.Erase(p.Handle)
	case final(problem):
		p.trouble("erasing: %v", problem)
	}
}
