package servertest

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/chatctl/chatctl/server/api"
)

// Messages reads all messages of a conversation as they stand for the person.
func (p *Person) Messages(c api.ConversationID) (all []api.Entry) {
	p.t.Helper()
	for after := int64(0); ; {
		var page api.Page
		p.Get(fmt.Sprintf("/v1/conversations/%s/messages?after=%d", c, after), &page)
		all = append(all, page.Entries...)
		if !page.More {
			return all
		}
		after = page.Next
	}
}

// Own picks one of the messages that the person knows to have sent.
func (p *Person) Own(r *rand.Rand) (c api.ConversationID, seq int64, ok bool) {
	sent := p.history.Sent(p.Handle)
	if len(sent) == 0 {
		return c, 0, false
	}
	one := sent[r.IntN(len(sent))]
	return one.Conversation, one.Seq, true
}

// EditSome edits one of the person's own messages, wherever it is.
func (p *Person) EditSome(ctx context.Context, r *rand.Rand, text string) {
	if c, seq, ok := p.Own(r); ok {
		p.Do(ctx, api.Action{Type: api.EditMessage, Conversation: c, Target: seq, Text: text})
	}
}

// DeleteSome deletes one of the person's own messages, wherever it is.
func (p *Person) DeleteSome(ctx context.Context, r *rand.Rand) {
	if c, seq, ok := p.Own(r); ok {
		p.Do(ctx, api.Action{Type: api.DeleteMessage, Conversation: c, Target: seq})
	}
}

// Moderate deletes what lies anywhere in a conversation, whether or not the person may.
func (p *Person) Moderate(ctx context.Context, c api.ConversationID, r *rand.Rand) {
	var h api.Head
	p.http(ctx, "GET", "/v1/conversations/"+c.String(), nil, &h)
	if h.LastSeq > 0 {
		p.Do(ctx, api.Action{Type: api.DeleteMessage, Conversation: c, Target: 1 + r.Int64N(h.LastSeq)})
	}
}

// Rank gives some member of a group some role, whether or not the person may.
func (p *Person) Rank(ctx context.Context, c api.ConversationID, r *rand.Rand) {
	var page struct {
		Members []api.Member `json:"members"`
	}
	p.http(ctx, "GET", "/v1/conversations/"+c.String()+"/members", nil, &page)
	if len(page.Members) == 0 {
		return
	}
	m := page.Members[r.IntN(len(page.Members))]
	role := []api.Role{api.Plain, api.Admin, api.Admin, api.Owner}[r.IntN(4)]
	p.Do(ctx, api.Action{Type: api.SetRole, Conversation: c, Member: m.Member, Role: role})
}
