package verify

import (
	"context"
	"fmt"
	"sync"

	"github.com/chatctl/chatctl/server/api"
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
	text := fmt.Sprintf("%s says %d to @%s", p.Handle, p.rand.Int32(), friend.Handle)
	switch k := p.rand.IntN(100); {
	case k < 36:
		p.Do(ctx, api.Action{Type: api.SendMessage, To: friend.Handle, Text: text})
	case k < 58:
		p.Do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: text})
	case k < 63:
		p.EditSome(ctx, p.rand, text)
	case k < 66:
		p.DeleteSome(ctx, p.rand, text)
	case k < 70:
		p.repeat(ctx, s.people[0])
	case k < 73:
		p.unheard(ctx, friend, text)
	case k < 75:
		who.Do(ctx, api.Action{Type: api.RenameGroup, Conversation: g.conv, Name: fmt.Sprintf("%s %d", p.Handle, p.rand.IntN(1000))})
	case k < 78:
		who.Rank(ctx, g.conv, p.rand)
	case k < 82:
		p.shun(ctx, friend)
	case k < 86:
		p.Do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: friend.Handle})
	case k < 89:
		p.leaveAndReturn(ctx, g, text)
	case k < 93:
		p.MarkSome(ctx, p.rand)
	case k < 96:
		p.revoke(ctx, friend, text)
	default:
		if p.Drop() {
			p.drops++
		}
	}
}

// repeat asks once more for what was done already.
func (p *player) repeat(ctx context.Context, to *player) {
	x := p.Do(ctx, api.Action{Type: api.SendMessage, To: to.Handle, Text: "once"})
	if len(x.Results) > 0 {
		p.Do(ctx, x.Action)
	}
}

// unheard sends without waiting for the result, and asks for it later by the same key.
func (p *player) unheard(ctx context.Context, friend *player, text string) {
	told := p.Recorder.History
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: friend.Handle, Text: text}
	x := told.Ask(p.Handle, p.Session, a)
	if p.Insist(ctx, "POST", "/v1/direct/"+friend.Handle+"/messages", map[string]any{"text": text}, nil, "Idempotency-Key", a.ID.String()) != nil {
		return
	}
	told.Accept(x)
	p.Insist(ctx, "GET", "/v1/actions/"+a.ID.String(), nil, nil) //nolint:errcheck // it is asked for below, whatever came of this
	for _, r := range p.Do(ctx, a).Results {
		told.Answer(x, r)
	}
}

// shun blocks a friend, who tries to speak meanwhile, and asks for it again once it would be allowed.
func (p *player) shun(ctx context.Context, friend *player) {
	p.Do(ctx, api.Action{Type: api.SetBlock, To: friend.Handle})
	x := friend.Do(ctx, api.Action{Type: api.SendMessage, To: p.Handle, Text: "may I?"})
	p.Do(ctx, api.Action{Type: api.ClearBlock, To: friend.Handle})
	friend.Do(ctx, x.Action)
}

// leaveAndReturn leaves a group and comes back: what was said meanwhile is not the person's.
func (p *player) leaveAndReturn(ctx context.Context, g group, text string) {
	if p == g.owner {
		return
	}
	p.Do(ctx, api.Action{Type: api.LeaveGroup, Conversation: g.conv})
	g.owner.Do(ctx, api.Action{Type: api.SendMessage, Conversation: g.conv, Text: text})
	g.owner.Do(ctx, api.Action{Type: api.AddMember, Conversation: g.conv, To: p.Handle})
}

// revoke signs in once more, speaks, ends that session, and speaks again with it.
func (p *player) revoke(ctx context.Context, friend *player, text string) {
	var in api.SignedIn
	if p.Insist(ctx, "POST", "/v1/tokens", map[string]any{"name": "verify"}, &in) != nil {
		return
	}
	second := p.Recorder.Person(p.Handle, in.Token, in.Session)
	say := api.Action{Type: api.SendMessage, To: friend.Handle, Text: text}
	second.Retry(ctx, say)
	if p.Insist(ctx, "DELETE", "/v1/sessions/"+in.Session.String(), nil, nil) == nil {
		p.Recorder.History.Bar(p.Handle, in.Session)
		second.Retry(ctx, say)
	}
}

// lastWords has one message said in each group, once nobody talks any more and
// all are connected, and waits for it on the sockets of all who are in it.
func (s *stage) lastWords(ctx context.Context) Promise {
	last := Promise{Promise: heard, Says: heardSays, How: []string{}}
	for _, p := range s.people {
		p.AwaitLive(ctx) // who does not come back hears nothing either
	}
	for _, g := range s.groups {
		speaker, seq := s.speak(ctx, g.conv)
		if speaker == nil {
			continue // nobody is left in it
		}
		var waiting sync.WaitGroup
		var mu sync.Mutex // of last
		for _, p := range s.people {
			waiting.Go(func() {
				var h api.Head
				if p.Get(ctx, "/v1/conversations/"+g.conv.String(), &h) != nil || h.Membership != api.Present {
					return
				}
				came := p.AwaitSeen(ctx, g.conv, seq)
				mu.Lock()
				defer mu.Unlock()
				if last.Tried++; !came {
					last.Broken++
					last.How = append(last.How, fmt.Sprintf("@%s never heard seq %d of %s", p.Handle, seq, g.conv))
				}
			})
		}
		waiting.Wait()
	}
	return last
}

// speak has the first person who may say something in a conversation.
func (s *stage) speak(ctx context.Context, c api.ConversationID) (*player, int64) {
	for _, p := range s.people {
		x := p.Do(ctx, api.Action{Type: api.SendMessage, Conversation: c, Text: "the last word"})
		if len(x.Results) > 0 && x.Results[0].Outcome == api.MessageSent {
			return p, x.Results[0].Seq
		}
	}
	return nil, 0
}
