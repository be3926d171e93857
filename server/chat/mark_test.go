package chat_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
)

func (p *person) mark(c api.ConversationID, received, read int64) *topic.Envelope {
	return &topic.Envelope{Mark: &topic.Mark{Conversation: c, Person: p.id, Received: received, Read: read}}
}

func TestMarksMoveForwardOnly(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob)
	for range 4 {
		w.is(ada.post(c, "x"), api.MessageSent)
	}
	for _, step := range []struct{ received, read, wantReceived, wantRead, wantOrd int64 }{
		{3, 0, 3, 1, 0},
		{0, 4, 4, 4, 3}, // read implies received
		{2, 2, 4, 4, 3},
		{-1, -5, 4, 4, 3},
		{99, 0, 5, 4, 3}, // clamped
		{0, 99, 5, 5, 4},
	} {
		w.decide(bob.mark(c, step.received, step.read))
		h := bob.head(c)
		equal(t, "received", h.ReceivedSeq, step.wantReceived)
		equal(t, "read", h.ReadSeq, step.wantRead)
		equal(t, "read ord", h.ReadOrd, step.wantOrd)
	}
}

func TestAMoveOfMarksIsToldToTheConversationAndRaisesTheVersion(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "x"), api.MessageSent).Conversation
	before, err := w.chat.Version(w.ctx, bob.id)
	w.check(err)
	ts := w.decide(bob.mark(c, 0, 1), bob.mark(c, 1, 1))
	equal(t, "marks told", len(only(ts, topic.LiveMarks)), 1)
	m := only(ts, topic.LiveMarks)[0]
	equal(t, "key", m.key, bus.Key{Kind: bus.Conversation, ID: c})
	equal(t, "member", w.frame(m).Member, bob.head(c).Me)
	p := only(ts, topic.LivePerson)
	equal(t, "persons told", len(p), 1)
	equal(t, "version", p[0].Version, before+1)
	ch, err := w.chat.Changes(w.ctx, bob.id, before, 10)
	w.check(err)
	equal(t, "changed heads", len(ch.Heads), 1)
	equal(t, "changes' version", ch.Version, before+1)
}

func TestMarksOfStrangersAreNothing(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, eve := w.person("ada"), w.person("bob"), w.person("eve")
	c := w.is(ada.message(bob, "x"), api.MessageSent).Conversation
	equal(t, "told", len(w.decide(eve.mark(c, 1, 1), eve.mark(api.NewConversationID(), 1, 1))), 0)
}

func TestMarksOfOneWhoLeftEndAtTheirLeaving(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob)
	w.is(bob.leave(c), api.MemberLeft)
	w.is(ada.post(c, "x"), api.MessageSent)
	equal(t, "marks told to the others", len(only(w.decide(bob.mark(c, 9, 9)), topic.LiveMarks)), 0)
	equal(t, "read", bob.head(c).ReadSeq, 2)
}

func TestAMarkBesideAnOwnMessageInOneBatchDoesNotGoBack(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob)
	w.decide(ada.post(c, "x"), bob.post(c, "y"), ada.mark(c, 2, 2), bob.mark(c, 2, 2))
	equal(t, "ada's", ada.head(c).ReadSeq, 2)
	equal(t, "bob's", bob.head(c).ReadSeq, 3)
	equal(t, "bob's ord", bob.head(c).ReadOrd, 2)
}
