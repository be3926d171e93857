package chat_test

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
)

// model says in the simplest way what chat must do for a few people.
type model struct {
	people    []*person
	suspended map[int]bool
	deleted   map[int]bool
	blocks    map[[2]int]bool // who blocks whom
	rooms     []*room         // in order of creation
	removed   []*room         // nobody's any more
	direct    map[api.ConversationID]*room
}

type room struct {
	id      api.ConversationID
	group   bool
	message []bool // by seq-1: whether the entry is a message
	said    map[int64]*said
	members map[int]*membership
	joins   int
}

// said is a message: whose, and its texts by the seq that they are of.
type said struct {
	by      int
	texts   map[int64]string
	deleted bool
}

type membership struct {
	role           api.Role
	present        bool
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
	m.role, m.present, m.joined, m.read, m.received = api.Plain, true, r.joins, read, read
	m.spans = append(m.spans, [2]int64{from, 1 << 50})
}

func (r *room) leave(i int, seq int64) {
	m := r.members[i]
	m.present, m.role = false, api.Plain
	m.spans[len(m.spans)-1][1] = seq
}

// sees tells whether a member may see a place.
func (r *room) sees(i int, seq int64) bool {
	for _, s := range r.members[i].spans {
		if s[0] <= seq && seq <= min(s[1], r.end(r.members[i])) {
			return true
		}
	}
	return false
}

// barred is who may do nothing and cannot be reached.
func (m *model) barred(i int) bool { return m.suspended[i] || m.deleted[i] }

func (m *model) unavailable(i, j int) bool { return i == j || m.barred(j) || m.blocks[[2]int{j, i}] }

type expected struct {
	code   api.Outcome
	reason api.Reason
	seq    int64
}

func no(reason api.Reason) expected { return expected{code: api.Refused, reason: reason} }

func (m *model) write(r *room, i int) expected {
	seq := r.entry(true)
	r.said[seq] = &said{by: i, texts: map[int64]string{seq: "hi"}}
	me := r.members[i]
	me.read, me.received = seq, max(me.received, seq)
	return expected{api.MessageSent, "", seq}
}

func (m *model) message(i, j int) expected {
	id := api.DirectConversation(m.people[i].id, m.people[j].id)
	switch {
	case m.barred(i):
		return no(api.ReasonSuspended)
	case m.blocks[[2]int{i, j}]:
		return no(api.ReasonBlockedByYou)
	case m.unavailable(i, j):
		return no(api.ReasonUnavailable)
	}
	r := m.direct[id]
	if r == nil {
		r = &room{id: id, members: map[int]*membership{}, said: map[int64]*said{}}
		r.join(i, 1, 0)
		r.join(j, 1, 0)
		m.direct[id] = r
		m.rooms = append(m.rooms, r)
	}
	return m.write(r, i)
}

func (m *model) create(id api.ConversationID, i int, others []int) expected {
	if m.barred(i) {
		return no(api.ReasonSuspended)
	}
	r := &room{id: id, group: true, members: map[int]*membership{}, said: map[int64]*said{}}
	r.entry(false)
	r.join(i, 1, 1)
	r.members[i].role = api.Owner
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
	case m.barred(i):
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
	case r.members[i].role == api.Plain || i == j:
		return no(api.ReasonForbidden)
	case !r.present(j):
		return no(api.ReasonNotMember)
	case r.members[i].role != api.Owner && r.members[j].role != api.Plain:
		return no(api.ReasonForbidden)
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
	r.handOver(i)
	r.leave(i, seq)
	return expected{api.MemberLeft, "", seq}
}

// handOver gives a group that i owned to the eldest admin, or else the eldest member.
func (r *room) handOver(i int) {
	if r.members[i].role != api.Owner {
		return
	}
	var heir *membership
	for j, o := range r.members {
		elder := heir == nil || (o.role == api.Admin) != (heir.role == api.Admin) && o.role == api.Admin ||
			o.role == heir.role && o.joined < heir.joined
		if j != i && o.present && elder {
			heir = o
		}
	}
	if heir != nil {
		heir.role = api.Owner
	}
}

func (m *model) rank(r *room, i, j int, role api.Role) expected {
	if x, ok := m.may(r, i); !ok {
		return x
	}
	switch {
	case r.members[i].role != api.Owner || i == j:
		return no(api.ReasonForbidden)
	case !r.present(j):
		return no(api.ReasonNotMember)
	}
	if r.members[j].role = role; role == api.Owner {
		r.members[i].role = api.Admin
	}
	return expected{api.MemberRanked, "", r.entry(false)}
}

// revise is an edit (to a text) or a deletion ("").
func (m *model) revise(r *room, i int, seq int64, text string) expected {
	switch {
	case m.barred(i):
		return no(api.ReasonSuspended)
	case !r.present(i):
		return no(api.ReasonNotMember)
	}
	t := r.said[seq]
	switch {
	case t == nil || t.deleted || !r.sees(i, seq):
		return no(api.ReasonNoMessage)
	case t.by != i && (text != "" || r.members[i].role == api.Plain):
		return no(api.ReasonForbidden)
	}
	if text == "" {
		t.deleted = true
		return expected{api.MessageGone, "", r.entry(false)}
	}
	for j := range r.members {
		switch {
		case r.group || j == i:
		case m.blocks[[2]int{i, j}]:
			return no(api.ReasonBlockedByYou)
		case m.unavailable(i, j):
			return no(api.ReasonUnavailable)
		}
	}
	at := r.entry(false)
	t.texts[at] = text
	return expected{api.MessageEdited, "", at}
}

func (m *model) erase(r *room, i int) expected {
	switch {
	case !m.deleted[i]:
		return no(api.ReasonForbidden)
	case r.members[i] == nil:
		return no(api.ReasonNotMember)
	}
	seq := r.entry(false)
	if r.group && r.present(i) {
		r.handOver(i)
		r.leave(i, seq)
	}
	for _, t := range r.said {
		t.deleted = t.deleted || t.by == i
	}
	if m.nobodys(r) {
		m.rooms, m.removed = slices.DeleteFunc(m.rooms, func(o *room) bool { return o == r }), append(m.removed, r)
	}
	return expected{api.MemberErased, "", seq}
}

// nobodys tells whether all who ever were in a room are deleted.
func (m *model) nobodys(r *room) bool {
	for i := range r.members {
		if !m.deleted[i] {
			return false
		}
	}
	return true
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
