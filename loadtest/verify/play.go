package verify

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"golang.org/x/sync/errgroup"
)

// step is one thing that person i does. Each of them puts some promise to the test.
func (s *stage) step(ctx context.Context, i int) {
	p := s.people[i]
	friend := s.people[(i+1+p.rand.IntN(3))%len(s.people)]
	g := s.groups[p.rand.IntN(len(s.groups))]
	who := p // who tries what owners may
	if p.rand.IntN(2) == 0 {
		who = g.owner
	}
	text := fmt.Sprintf("%s says %d to @%s", p.handle, p.rand.Int32(), friend.handle)
	switch k := p.rand.IntN(100); {
	case k < 36:
		p.do(ctx, api.Action{Type: api.SendMessage, To: friend.handle, Text: text})
	case k < 58:
		p.do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: text})
	case k < 63:
		p.change(ctx, api.Action{Type: api.EditMessage, Text: text})
	case k < 66:
		p.change(ctx, api.Action{Type: api.DeleteMessage})
	case k < 70:
		p.repeat(ctx)
	case k < 73:
		p.unheard(ctx, friend, text)
	case k < 75:
		who.do(ctx, api.Action{Type: api.RenameGroup, Conversation: g.conv, Name: fmt.Sprintf("%s %d", p.handle, p.rand.IntN(1000))})
	case k < 78:
		who.rank(ctx, p, g.conv)
	case k < 82:
		p.shun(ctx, friend)
	case k < 86:
		p.do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: friend.handle})
	case k < 89:
		p.leaveAndReturn(ctx, g, text)
	case k < 93:
		p.mark(ctx)
	case k < 96:
		p.revoke(ctx, friend, text)
	default:
		p.drop()
	}
}

// change edits or deletes one of one's own messages, wherever it is.
func (p *person) change(ctx context.Context, a api.Action) {
	if sent := p.stage.told.Sent(p.handle); len(sent) > 0 {
		one := sent[p.rand.IntN(len(sent))]
		a.Conversation, a.Target = one.Conversation, one.Seq
		p.do(ctx, a)
	}
}

// repeat asks once more for what was done already.
func (p *person) repeat(ctx context.Context) {
	x := p.do(ctx, api.Action{Type: api.SendMessage, To: p.stage.people[0].handle, Text: "once"})
	if len(x.Results) > 0 {
		p.do(ctx, x.Action)
	}
}

// unheard sends without waiting for the result, and asks for it later by the same key.
func (p *person) unheard(ctx context.Context, friend *person, text string) {
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: friend.handle, Text: text}
	x := p.stage.told.Ask(p.handle, p.session, a)
	body := api.Encode(struct {
		Text string `json:"text"`
	}{text})
	if p.insist(ctx, func() error {
		_, err := p.http.Raw(ctx, "POST", "/v1/direct/"+friend.handle+"/messages", a.ID.String(), body)
		return err
	}) {
		p.stage.told.Accept(x)
		p.insist(ctx, func() error { _, err := p.http.Outcome(ctx, a.ID); return notYet(err) })
		answered := p.do(ctx, a)
		for _, r := range answered.Results {
			p.stage.told.Answer(x, r)
		}
	}
}

// rank gives some member of a group some role, whether or not the person may.
func (p *person) rank(ctx context.Context, by *person, c api.ConversationID) {
	members, err := p.http.Members(ctx, c)
	if err != nil || len(members) == 0 {
		return
	}
	roles := []api.Role{api.Plain, api.Admin, api.Admin, api.Owner}
	p.do(ctx, api.Action{Type: api.SetRole, Conversation: c, Member: members[by.rand.IntN(len(members))].Member, Role: roles[by.rand.IntN(len(roles))]})
}

// shun blocks a friend, who tries to speak meanwhile, and asks for it again once it would be allowed.
func (p *person) shun(ctx context.Context, friend *person) {
	p.do(ctx, api.Action{Type: api.SetBlock, To: friend.handle})
	x := friend.do(ctx, api.Action{Type: api.SendMessage, To: p.handle, Text: "may I?"})
	p.do(ctx, api.Action{Type: api.ClearBlock, To: friend.handle})
	friend.do(ctx, x.Action)
}

// leaveAndReturn leaves a group and comes back: what was said meanwhile is not the person's.
func (p *person) leaveAndReturn(ctx context.Context, g group, text string) {
	if p == g.owner {
		return
	}
	p.do(ctx, api.Action{Type: api.LeaveGroup, Conversation: g.conv})
	g.owner.do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: text})
	g.owner.do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: p.handle})
}

// mark marks conversations as read up to anywhere: also below what was marked
// before, which must change nothing.
func (p *person) mark(ctx context.Context) {
	heads, err := p.http.Conversations(ctx)
	if err != nil {
		return
	}
	for _, h := range heads {
		if s := p.connected(); s != nil && h.LastSeq > 0 {
			to := 1 + p.rand.Int64N(h.LastSeq)
			s.send(ctx, api.ClientFrame{Kind: api.FrameMark, Conversation: h.Conversation, Received: to, Read: to}) //nolint:errcheck // the connection may be gone
		}
	}
}

// revoke signs in once more, speaks, ends that session, and speaks again with it.
func (p *person) revoke(ctx context.Context, friend *person, text string) {
	var second api.SignedIn
	if !p.insist(ctx, func() (err error) { second, err = p.http.CreateToken(ctx, "verify"); return err }) {
		return
	}
	speak := func() {
		a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: friend.handle, Text: text}
		x := p.stage.told.Ask(p.handle, second.Session, a)
		p.stage.answer(x, func() (api.Result, error) { return p.http.As(second.Token).Action(ctx, a.ID.String(), a) })
	}
	speak()
	if p.insist(ctx, func() error { return p.http.EndSession(ctx, second.Session) }) {
		p.stage.told.Bar(p.handle, second.Session)
		speak()
	}
}

// answer asks over HTTP and records what came of it; that nobody knows is an answer, too.
func (s *stage) answer(x *history.Asked, ask func() (api.Result, error)) {
	if r, err := ask(); err == nil {
		s.told.Answer(x, r)
	}
}

// lastWords has one message said in each group, once nobody talks any more, and
// waits for it on the sockets of all who are in it.
func (s *stage) lastWords(ctx context.Context) Promise {
	last := Promise{Promise: heard, Says: heardSays, How: []string{}}
	for _, g := range s.groups {
		speaker, seq := s.speak(ctx, g.conv)
		if speaker == nil {
			continue // nobody is left in it
		}
		var waiting errgroup.Group
		came := make([]bool, len(s.people))
		in := make([]bool, len(s.people))
		for i, p := range s.people {
			waiting.Go(func() error {
				h, err := p.http.Head(ctx, g.conv)
				if in[i] = err == nil && h.Membership == api.Present; in[i] {
					came[i] = p.hears(ctx, g.conv, seq)
				}
				return nil
			})
		}
		_ = waiting.Wait() // nobody tells an error
		for i, p := range s.people {
			if in[i] {
				last.Tried++
			}
			if in[i] && !came[i] {
				last.Broken++
				last.How = append(last.How, fmt.Sprintf("@%s never heard seq %d of %s", p.handle, seq, g.conv))
			}
		}
	}
	return last
}

// speak has the first person who may say something in a conversation.
func (s *stage) speak(ctx context.Context, c api.ConversationID) (*person, int64) {
	for _, p := range s.people {
		x := p.do(ctx, api.Action{Type: api.SendMessage, Conversation: c, Text: "the last word"})
		if len(x.Results) > 0 && x.Results[0].Outcome == api.MessageSent {
			return p, x.Results[0].Seq
		}
	}
	return nil, 0
}

// hears waits until an entry at or after seq came on the person's socket.
func (p *person) hears(ctx context.Context, c api.ConversationID, seq int64) bool {
	for !p.stage.told.HasSeen(p.handle, c, seq) {
		if !pause(ctx, soon) {
			return false
		}
	}
	return true
}
