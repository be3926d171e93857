package chat_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
)

func (p *person) add(c api.ConversationID, q *person) *topic.Envelope {
	return p.ask(api.Action{Type: api.AddMember, Conversation: c, To: "somebody"}, q)
}

func (p *person) remove(c api.ConversationID, m api.MemberID) *topic.Envelope {
	return p.ask(api.Action{Type: api.RemoveMember, Conversation: c, Member: m})
}

func (p *person) leave(c api.ConversationID) *topic.Envelope {
	return p.ask(api.Action{Type: api.LeaveGroup, Conversation: c})
}

func TestAGroupBeginsWithItsCreation(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	e := ada.ask(api.Action{Type: api.CreateGroup, Name: "ops"}, bob, cleo, bob, ada)
	ts := w.decide(e)
	r := w.result(ts)
	equal(t, "result", r, api.Result{Action: e.Action.ID, Outcome: api.GroupCreated, Conversation: e.Action.Conversation, Seq: 1, Time: api.TimeOf(w.now())})
	equal(t, "joined", len(only(ts, topic.LiveJoined)), 3)
	equal(t, "in the room", len(only(ts, topic.LiveEntry)[0].Changes), 3)
	body, err := api.Decode[api.CreateBody](w.frame(only(ts, topic.LiveEntry)[0]).Event.Body)
	w.check(err)
	equal(t, "name", body.Name, "ops")
	equal(t, "creator", body.Members[0], ada.head(r.Conversation).Me)
	equal(t, "role", ada.head(r.Conversation).Role, api.Owner)
	equal(t, "role of others", bob.head(r.Conversation).Role, api.Plain)
	equal(t, "again", w.is(e, api.GroupCreated), r)
}

func TestOnePersonWhoCannotBeReachedRefusesTheWholeGroup(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	w.is(cleo.block(ada), api.BlockSet)
	for _, bad := range []*person{cleo, {id: api.NewUserID()}} {
		w.refused(ada.ask(api.Action{Type: api.CreateGroup, Name: "ops"}, bob, bad), api.ReasonUnavailable)
	}
	hs, err := w.chat.Heads(w.ctx, bob.id, api.ConversationID{}, 10)
	w.check(err)
	equal(t, "conversations", len(hs), 0)
}

func TestAnyMemberAddsAndTheNewOneReadsFromTheirJoining(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob)
	w.is(ada.post(c, "secret"), api.MessageSent)
	ts := w.decide(bob.add(c, cleo))
	r := w.result(ts)
	equal(t, "outcome", r.Outcome, api.MemberAdded)
	equal(t, "change", only(ts, topic.LiveEntry)[0].Changes[0], topic.MemberChange{Person: cleo.id, Joined: true})
	equal(t, "joined", only(ts, topic.LiveJoined)[0].key, bus.Key{Kind: bus.Person, ID: cleo.id})
	w.is(ada.post(c, "welcome"), api.MessageSent)

	page, err := w.chat.Entries(w.ctx, cleo.id, c, 0, 0, 100)
	w.check(err)
	equal(t, "withheld", page.Withheld[0], api.Withheld{From: 1, To: 2})
	equal(t, "first entry", page.Entries[0].Seq, 3)
	equal(t, "entries", len(page.Entries), 2)
	h := cleo.head(c)
	equal(t, "read mark", h.ReadSeq, 3)
	equal(t, "unread", h.LastOrd-h.ReadOrd, 1)
}

func TestWhoBlocksCannotBeAdded(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob)
	w.is(cleo.block(ada), api.BlockSet)
	w.refused(ada.add(c, cleo), api.ReasonUnavailable)
	w.refused(ada.add(c, &person{id: api.NewUserID()}), api.ReasonUnavailable)
	w.is(bob.add(c, cleo), api.MemberAdded)
	w.refused(ada.add(c, cleo), api.ReasonAlreadyMember)
}

func TestOnlyTheOwnerRemovesAndNotThemselves(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	w.refused(bob.remove(c, cleo.head(c).Me), api.ReasonForbidden)
	w.refused(ada.remove(c, ada.head(c).Me), api.ReasonForbidden)
	w.refused(ada.remove(c, api.NewMemberID()), api.ReasonNotMember)
	ts := w.decide(ada.remove(c, bob.head(c).Me))
	equal(t, "outcome", w.result(ts).Outcome, api.MemberRemoved)
	equal(t, "change", only(ts, topic.LiveEntry)[0].Changes[0], topic.MemberChange{Person: bob.id})
	w.refused(bob.post(c, "still here?"), api.ReasonNotMember)
	w.refused(ada.remove(c, bob.head(c).Me), api.ReasonNotMember)
}

func TestOneWhoLeftReadsUpToTheirLeavingAndAgainAfterRejoining(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob) // 1
	me := bob.head(c).Me
	w.is(ada.post(c, "one"), api.MessageSent) // 2
	w.is(bob.leave(c), api.MemberLeft)        // 3
	w.is(ada.post(c, "two"), api.MessageSent) // 4
	w.is(ada.add(c, cleo), api.MemberAdded)   // 5

	h := bob.head(c)
	equal(t, "membership", h.Membership, api.Gone)
	equal(t, "last seq", h.LastSeq, 3)
	equal(t, "last ord", h.LastOrd, 1)
	page, err := w.chat.Entries(w.ctx, bob.id, c, 0, 0, 100)
	w.check(err)
	equal(t, "entries", len(page.Entries), 3)
	equal(t, "more", page.More, false)
	equal(t, "next", page.Next, 3)
	ms, err := w.chat.Members(w.ctx, bob.id, c, api.MemberID{}, 100)
	w.check(err)
	equal(t, "members known to one who left", len(ms), 2)

	w.is(ada.add(c, bob), api.MemberAdded)      // 6
	w.is(ada.post(c, "three"), api.MessageSent) // 7
	equal(t, "member id", bob.head(c).Me, me)
	page, err = w.chat.Entries(w.ctx, bob.id, c, 0, 0, 100)
	w.check(err)
	equal(t, "withheld", page.Withheld[0], api.Withheld{From: 4, To: 5})
	equal(t, "entries", len(page.Entries), 5)
	equal(t, "next", page.Next, 7)
	ms, err = w.chat.Members(w.ctx, bob.id, c, api.MemberID{}, 100)
	w.check(err)
	equal(t, "members", len(ms), 3)
}

// handles are the members that p is shown, in alphabetical order.
func (p *person) handles(c api.ConversationID) string {
	p.Helper()
	ms, err := p.chat.Members(p.ctx, p.id, c, api.MemberID{}, 100)
	p.check(err)
	var handles []string
	for _, m := range ms {
		handles = append(handles, m.Handle)
	}
	slices.Sort(handles)
	return strings.Join(handles, " ")
}

// Who was in a group only while the reader was not is as little theirs to know
// as what was said then; with the whole history both are, until they leave.
func TestMembersAreShownToWhoCouldSeeThemThere(t *testing.T) {
	for history, again := range map[api.History]string{api.SinceJoin: "ada bob dan", api.All: "ada bob cleo dan"} {
		t.Run(string(history), func(t *testing.T) {
			w := newWorld(t, chat.Faults{})
			ada, bob, cleo, dan := w.person("ada"), w.person("bob"), w.person("cleo"), w.person("dan")
			c := w.is(ada.ask(api.Action{Type: api.CreateGroup, Name: "ops", History: history}, bob), api.GroupCreated).Conversation // 1
			w.is(bob.post(c, "one"), api.MessageSent)                                                                                // 2
			w.is(bob.leave(c), api.MemberLeft)                                                                                       // 3
			w.is(ada.add(c, cleo), api.MemberAdded)                                                                                  // 4
			w.is(ada.remove(c, cleo.head(c).Me), api.MemberRemoved)                                                                  // 5
			w.is(ada.add(c, dan), api.MemberAdded)                                                                                   // 6
			equal(t, "to one who left", bob.handles(c), "ada bob")
			w.is(ada.add(c, bob), api.MemberAdded) // 7
			equal(t, "to one who came again", bob.handles(c), again)
			equal(t, "to one who never left", ada.handles(c), "ada bob cleo dan")
			w.is(dan.leave(c), api.MemberLeft) // 8
			equal(t, "to one who left before", cleo.handles(c), map[api.History]string{api.SinceJoin: "ada cleo", api.All: "ada bob cleo"}[history])
			page, err := w.chat.Entries(w.ctx, bob.id, c, 0, 0, 100)
			w.check(err)
			hidden := map[api.History]int{api.SinceJoin: 3, api.All: 0}[history]
			equal(t, "entries", len(page.Entries), 8-hidden)
			equal(t, "gaps", len(page.Withheld), min(hidden, 1))
			page, err = w.chat.Messages(w.ctx, bob.id, c, 9, 0, 1)
			w.check(err)
			equal(t, "messages, backwards", len(page.Entries), 1)
			seats, err := w.chat.Seats(w.ctx, c, api.MemberID{}, 100)
			w.check(err)
			for _, s := range seats {
				equal(t, "joined, "+s.Handle, s.JoinedSeq, map[string]int64{"ada": 1, "bob": 7, "cleo": 4, "dan": 6}[s.Handle])
			}
		})
	}
}

func TestAnOwnerWhoLeavesHandsOverToTheEldest(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	w.is(bob.leave(c), api.MemberLeft)
	w.is(ada.add(c, bob), api.MemberAdded) // younger than cleo now
	ts := w.decide(ada.leave(c))
	body, err := api.Decode[api.MemberBody](w.frame(only(ts, topic.LiveEntry)[0]).Event.Body)
	w.check(err)
	equal(t, "body", body, api.MemberBody{Change: api.Left, Member: ada.head(c).Me, Owner: cleo.head(c).Me})
	equal(t, "role", cleo.head(c).Role, api.Owner)
	equal(t, "role of one who left", ada.head(c).Role, api.Plain)
	w.is(cleo.leave(c), api.MemberLeft)
	w.is(bob.leave(c), api.MemberLeft)
	w.refused(bob.leave(c), api.ReasonNotMember)
}

func TestDirectConversationsHaveNoMembership(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := w.is(ada.message(bob, "hello"), api.MessageSent).Conversation
	w.refused(ada.leave(c), api.ReasonForbidden)
	w.refused(ada.add(c, cleo), api.ReasonForbidden)
	w.refused(ada.remove(c, bob.head(c).Me), api.ReasonForbidden)
}

func TestMarksAreHiddenInLargeGroups(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada := w.person("ada")
	var others []*person
	for i := range api.MaxMarksShown - 1 {
		others = append(others, w.person("other"+string(rune('a'+i))))
	}
	late := w.person("late")
	c := ada.group(others...)
	shown := func() (marks int64, live int) {
		t.Helper()
		seq := w.is(ada.post(c, "x"), api.MessageSent).Seq
		live = len(only(w.decide(others[0].mark(c, 0, seq)), topic.LiveMarks))
		ms, err := w.chat.Members(w.ctx, ada.id, c, api.MemberID{}, 100)
		w.check(err)
		for _, m := range ms {
			marks = max(marks, m.ReadSeq)
		}
		return marks, live
	}
	marks, live := shown()
	equal(t, "marks", marks, 2)
	equal(t, "told", live, 1)
	w.is(ada.add(c, late), api.MemberAdded)
	marks, live = shown()
	equal(t, "marks in a large group", marks, 0)
	equal(t, "told in a large group", live, 0)
}
