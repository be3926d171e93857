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

// model says in the simplest way what chat must do for a few people.
type model struct {
	people    []*person
	suspended map[int]bool
	blocks    map[[2]int]bool // who blocks whom
	rooms     []*room         // in order of creation
	direct    map[api.ConversationID]*room
}

type room struct {
	id      api.ConversationID
	group   bool
	message []bool // by seq-1: whether the entry is a message
	members map[int]*membership
	joins   int
}

type membership struct {
	owner, present bool
	joined         int
	spans          [][2]int64
	read, received int64
}

func (r *room) last() int64 { return int64(len(r.message)) }

func (r *room) ord(seq int64) (n int64) {
	for _, m := range r.message[:seq] {
		if m {
			n++
		}
	}
	return n
}

// end is the last seq that a member may see.
func (r *room) end(m *membership) int64 {
	if m.present {
		return r.last()
	}
	return m.spans[len(m.spans)-1][1]
}

func (r *room) present(i int) bool { return r.members[i] != nil && r.members[i].present }

func (r *room) entry(message bool) int64 {
	r.message = append(r.message, message)
	return r.last()
}

func (r *room) join(i int, from, read int64) {
	m := r.members[i]
	if m == nil {
		m = &membership{}
		r.members[i] = m
	}
	r.joins++
	m.owner, m.present, m.joined, m.read, m.received = false, true, r.joins, read, read
	m.spans = append(m.spans, [2]int64{from, 1 << 50})
}

func (r *room) leave(i int, seq int64) {
	m := r.members[i]
	m.present, m.owner = false, false
	m.spans[len(m.spans)-1][1] = seq
}

func (m *model) unavailable(i, j int) bool { return i == j || m.suspended[j] || m.blocks[[2]int{j, i}] }

type expected struct {
	code   api.Outcome
	reason api.Reason
	seq    int64
}

func no(reason api.Reason) expected { return expected{code: api.Refused, reason: reason} }

func (m *model) write(r *room, i int) expected {
	seq := r.entry(true)
	me := r.members[i]
	me.read, me.received = seq, max(me.received, seq)
	return expected{api.MessageSent, "", seq}
}

func (m *model) message(i, j int) expected {
	id := api.DirectConversation(m.people[i].id, m.people[j].id)
	switch {
	case m.suspended[i]:
		return no(api.ReasonSuspended)
	case m.blocks[[2]int{i, j}]:
		return no(api.ReasonBlockedByYou)
	case m.unavailable(i, j):
		return no(api.ReasonUnavailable)
	}
	r := m.direct[id]
	if r == nil {
		r = &room{id: id, members: map[int]*membership{}}
		r.join(i, 1, 0)
		r.join(j, 1, 0)
		m.direct[id] = r
		m.rooms = append(m.rooms, r)
	}
	return m.write(r, i)
}

func (m *model) create(id api.ConversationID, i int, others []int) expected {
	if m.suspended[i] {
		return no(api.ReasonSuspended)
	}
	r := &room{id: id, group: true, members: map[int]*membership{}}
	r.entry(false)
	r.join(i, 1, 1)
	r.members[i].owner = true
	for _, j := range others {
		if j == i || r.members[j] != nil {
			continue
		}
		if m.unavailable(i, j) {
			return no(api.ReasonUnavailable)
		}
		r.join(j, 1, 1)
	}
	m.rooms = append(m.rooms, r)
	return expected{api.GroupCreated, "", 1}
}

// may is what stands before every change of a group.
func (m *model) may(r *room, i int) (expected, bool) {
	switch {
	case m.suspended[i]:
		return no(api.ReasonSuspended), false
	case !r.present(i):
		return no(api.ReasonNotMember), false
	case !r.group:
		return no(api.ReasonForbidden), false
	}
	return expected{}, true
}

func (m *model) add(r *room, i, j int) expected {
	if x, ok := m.may(r, i); !ok {
		return x
	}
	switch {
	case r.present(j):
		return no(api.ReasonAlreadyMember)
	case m.unavailable(i, j):
		return no(api.ReasonUnavailable)
	}
	seq := r.entry(false)
	r.join(j, seq, seq)
	return expected{api.MemberAdded, "", seq}
}

func (m *model) remove(r *room, i, j int) expected {
	if x, ok := m.may(r, i); !ok {
		return x
	}
	switch {
	case !r.members[i].owner || i == j:
		return no(api.ReasonForbidden)
	case !r.present(j):
		return no(api.ReasonNotMember)
	}
	seq := r.entry(false)
	r.leave(j, seq)
	return expected{api.MemberRemoved, "", seq}
}

func (m *model) leave(r *room, i int) expected {
	if x, ok := m.may(r, i); !ok {
		return x
	}
	seq := r.entry(false)
	if r.members[i].owner {
		var heir *membership
		for j, o := range r.members {
			if j != i && o.present && (heir == nil || o.joined < heir.joined) {
				heir = o
			}
		}
		if heir != nil {
			heir.owner = true
		}
	}
	r.leave(i, seq)
	return expected{api.MemberLeft, "", seq}
}

func (m *model) mark(r *room, i int, received, read int64) {
	me := r.members[i]
	if me == nil {
		return
	}
	end := r.end(me)
	me.read = max(me.read, min(read, end))
	me.received = max(me.received, min(received, end), me.read)
}

// step draws one thing that somebody does, as an envelope with what must come of it; nil for a mark.
func (m *model) step(t *rapid.T) (*topic.Envelope, *expected) {
	n := len(m.people)
	i, j := rapid.IntRange(0, n-1).Draw(t, "who"), rapid.IntRange(0, n-1).Draw(t, "whom")
	p, q := m.people[i], m.people[j]
	var r *room
	kinds := []string{"message", "block", "unblock", "create"}
	if len(m.rooms) > 0 {
		r = rapid.SampledFrom(m.rooms).Draw(t, "room")
		kinds = append(kinds, "message", "post", "post", "add", "remove", "leave", "mark", "mark")
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
		case m.suspended[i]:
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
		case m.suspended[i]:
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
			equal(w, p.handle+"'s head", fmt.Sprint(h.LastSeq, h.LastOrd, h.ReadSeq, h.ReadOrd, h.ReceivedSeq, h.Role == api.Owner, h.Membership == api.Present),
				fmt.Sprint(r.end(me), r.ord(r.end(me)), me.read, r.ord(me.read), me.received, me.owner, me.present))
		}
	}
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
		m := &model{suspended: map[int]bool{}, blocks: map[[2]int]bool{}, direct: map[api.ConversationID]*room{}}
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
			m.people[i].standing(topic.Standing{Suspended: m.suspended[i]})
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
