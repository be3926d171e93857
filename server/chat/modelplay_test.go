package chat_test

import (
	"fmt"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"pgregory.net/rapid"
)

// step draws one thing that somebody does, as an envelope with what must come of it; nil for a mark.
func (m *model) step(t *rapid.T) (*topic.Envelope, *expected) {
	n := len(m.people)
	i, j := rapid.IntRange(0, n-1).Draw(t, "who"), rapid.IntRange(0, n-1).Draw(t, "whom")
	p, q := m.people[i], m.people[j]
	var r *room
	kinds := []string{"message", "block", "unblock", "create"}
	if len(m.rooms) > 0 {
		r = rapid.SampledFrom(m.rooms).Draw(t, "room")
		kinds = append(kinds, "message", "post", "post", "add", "remove", "leave", "mark", "mark", "role", "edit", "delete", "erase", "erase")
	}
	var e *topic.Envelope
	var x expected
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "message":
		e, x = p.message(q, "hi"), m.message(i, j)
	case "block", "unblock":
		e, x = p.block(q), expected{code: api.BlockSet}
		if rapid.Bool().Draw(t, "clear") {
			e, x = p.unblock(q), expected{code: api.BlockCleared}
		}
		switch {
		case m.barred(i):
			x = no(api.ReasonSuspended)
		case i == j:
			x = no(api.ReasonUnavailable)
		default:
			m.blocks[[2]int{i, j}] = x.code == api.BlockSet
		}
	case "create":
		others := rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 3).Draw(t, "others")
		var ps []*person
		for _, o := range others {
			ps = append(ps, m.people[o])
		}
		e = p.ask(api.Action{Type: api.CreateGroup, Name: "x"}, ps...)
		x = m.create(e.Action.Conversation, i, others)
	case "post":
		e = p.post(r.id, "hi")
		switch {
		case m.barred(i):
			x = no(api.ReasonSuspended)
		case !r.present(i):
			x = no(api.ReasonNotMember)
		case r.group:
			x = m.write(r, i)
		default:
			for o := range r.members {
				if o != i {
					x = m.message(i, o)
				}
			}
		}
	case "add":
		e, x = p.add(r.id, q), m.add(r, i, j)
	case "remove":
		who := api.NewMemberID()
		if r.members[j] != nil {
			h, err := q.chat.Head(q.ctx, q.id, r.id)
			if err != nil {
				return nil, nil // they join in this very batch: nobody knows their member id yet
			}
			who = h.Me
		}
		e, x = p.remove(r.id, who), m.remove(r, i, j)
	case "leave":
		e, x = p.leave(r.id), m.leave(r, i)
	case "role":
		who, role := api.NewMemberID(), rapid.SampledFrom([]api.Role{api.Plain, api.Admin, api.Owner}).Draw(t, "role")
		if r.members[j] != nil {
			h, err := q.chat.Head(q.ctx, q.id, r.id)
			if err != nil {
				return nil, nil // as for remove
			}
			who = h.Me
		}
		e, x = p.ask(api.Action{Type: api.SetRole, Conversation: r.id, Member: who, Role: role}), m.rank(r, i, j, role)
	case "edit", "delete":
		seq, text := rapid.Int64Range(1, r.last()+1).Draw(t, "target"), rapid.SampledFrom([]string{"", "", "hello", "hi again"}).Draw(t, "text")
		a := api.Action{Type: api.EditMessage, Conversation: r.id, Target: seq, Text: text}
		if text == "" {
			a.Type = api.DeleteMessage
		}
		e, x = p.ask(a), m.revise(r, i, seq, text)
	case "erase":
		for k := range m.people { // one who is deleted, if there is any
			if m.deleted[k] && !m.deleted[i] {
				i, p = k, m.people[k]
			}
		}
		e, x = p.ask(api.Action{Type: api.EraseMember, Conversation: r.id}), m.erase(r, i)
		e.Session = api.SessionID{} // the server itself
	case "mark":
		received, read := rapid.Int64Range(0, 12).Draw(t, "received"), rapid.Int64Range(0, 12).Draw(t, "read")
		m.mark(r, i, received, read)
		return p.mark(r.id, received, read), nil
	}
	return e, &x
}

// compare reads everything as everybody and compares it with the model.
func (m *model) compare(w *world) {
	w.Helper()
	for i, p := range m.people {
		heads, err := p.chat.Heads(p.ctx, p.id, api.ConversationID{}, 1000)
		p.check(err)
		n := 0
		for _, r := range m.rooms {
			if r.members[i] != nil {
				n++
			}
		}
		equal(w, p.handle+"'s heads", len(heads), n)
		for _, r := range m.rooms {
			me := r.members[i]
			page, err := p.chat.Entries(p.ctx, p.id, r.id, 0, 0, 100)
			if me == nil {
				equal(w, p.handle+" sees nothing", fmt.Sprint(err), fmt.Sprint(error(api.NewProblem("not_found", ""))))
				continue
			}
			p.check(err)
			var want, got []int64
			for _, s := range me.spans {
				for seq := s[0]; seq <= min(s[1], r.end(me)); seq++ {
					want = append(want, seq)
				}
			}
			for _, e := range page.Entries {
				got = append(got, e.Seq)
				equal(w, "ord", e.Ord, r.ord(e.Seq))
			}
			equal(w, p.handle+"'s entries", fmt.Sprint(got), fmt.Sprint(want))
			h := p.head(r.id)
			equal(w, p.handle+"'s head", fmt.Sprint(h.LastSeq, h.LastOrd, h.ReadSeq, h.ReadOrd, h.ReceivedSeq, h.Role, h.Membership == api.Present),
				fmt.Sprint(r.end(me), r.ord(r.end(me)), me.read, r.ord(me.read), me.received, me.role, me.present))
			equal(w, p.handle+"'s messages", m.read(w, p, r), r.texts(i))
		}
	}
	for _, r := range m.removed {
		_, err := w.chat.Conversation(w.ctx, r.id)
		equal(w, "one that is nobody's", err.(*api.Problem).Code, "not_found")
	}
}

// texts are the messages as a member reads them, tombstones as "-".
func (r *room) texts(i int) string {
	var all []string
	for seq := int64(1); seq <= r.last(); seq++ {
		t := r.said[seq]
		if t == nil || !r.sees(i, seq) {
			continue
		}
		text, latest := "-", int64(0)
		for at, s := range t.texts {
			if !t.deleted && at > latest && r.sees(i, at) {
				text, latest = s, at
			}
		}
		all = append(all, fmt.Sprint(seq, text))
	}
	return fmt.Sprint(all)
}

func (m *model) read(w *world, p *person, r *room) string {
	w.Helper()
	page, err := p.chat.Messages(p.ctx, p.id, r.id, 0, 0, 100)
	p.check(err)
	var all []string
	for _, e := range page.Entries {
		b, err := api.DecodeTolerant[api.MessageBody](e.Body)
		p.check(err)
		if b.Deleted {
			b.Text += "-"
		}
		all = append(all, fmt.Sprint(e.Seq, b.Text))
	}
	return fmt.Sprint(all)
}

// drawn lets a world fail a rapid check, so that it is shrunk.
type drawn struct {
	testing.TB
	rapid *rapid.T
}

func (d drawn) Helper()                   {}
func (d drawn) Fatal(a ...any)            { d.rapid.Fatal(a...) }
func (d drawn) Fatalf(f string, a ...any) { d.rapid.Fatalf(f, a...) }

func TestChatDoesWhatTheModelSays(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	lossy := &losing{DB: w.db}
	w.serve(lossy)
	rapid.Check(t, func(rt *rapid.T) {
		w.TB = drawn{t, rt}
		defer func() { w.TB, lossy.lose = t, 0 }()
		w.serve(lossy)
		m := &model{suspended: map[int]bool{}, deleted: map[int]bool{}, blocks: map[[2]int]bool{}, direct: map[api.ConversationID]*room{}}
		for i := range 4 {
			m.people = append(m.people, w.person(fmt.Sprint("person", i)))
		}
		m.play(rt, w, lossy)
	})
}

// play decides batches and compares, through redeliveries, lost commits and crashes.
func (m *model) play(rt *rapid.T, w *world, lossy *losing) {
	type done struct {
		e *topic.Envelope
		x expected
	}
	var history []done
	for range rapid.IntRange(1, 8).Draw(rt, "batches") {
		if rapid.IntRange(0, 7).Draw(rt, "suspend") == 0 {
			i := rapid.IntRange(0, len(m.people)-1).Draw(rt, "suspended")
			m.suspended[i] = !m.suspended[i]
			m.deleted[i] = m.deleted[i] || rapid.Bool().Draw(rt, "delete")
			m.people[i].standing(topic.Standing{Suspended: m.suspended[i], Deleted: m.deleted[i]})
		}
		var es []*topic.Envelope
		var want []expected
		for range rapid.IntRange(1, 6).Draw(rt, "records") {
			if len(history) > 0 && rapid.IntRange(0, 5).Draw(rt, "again") == 0 {
				old := rapid.SampledFrom(history).Draw(rt, "old")
				es, want = append(es, old.e), append(want, old.x)
				continue
			}
			e, x := m.step(rt)
			if e == nil {
				continue
			}
			es = append(es, e)
			if x != nil {
				want, history = append(want, *x), append(history, done{e, *x})
			}
		}
		b := w.batch(records(es...))
		w.live.take(w)
		switch rapid.SampledFrom([]string{"", "", "lost commit", "crash"}).Draw(rt, "how") {
		case "":
			w.check(w.actions.Apply(w.ctx, b))
		case "lost commit":
			lossy.lose = 1
			equal(w, "fate", w.actions.Fate(w.actions.Apply(w.ctx, b)), bus.Retry)
			w.check(w.actions.Apply(w.ctx, b))
		case "crash": // after the commit, before anything was told
			w.check(w.actions.Apply(w.ctx, b))
			w.live.take(w)
			w.serve(lossy)
			w.pos = b.Expected
			b.Decided = true
			w.check(w.actions.Apply(w.ctx, b))
		}
		w.pos++
		got := w.results(w.live.take(w))
		equal(w, "results", len(got), len(want))
		for i := range got {
			equal(w, "result", expected{got[i].Outcome, got[i].Reason, got[i].Seq}, want[i])
		}
		if rapid.IntRange(0, 3).Draw(rt, "look") == 0 {
			m.compare(w)
		}
	}
	m.compare(w)
}
