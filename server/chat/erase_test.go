package chat_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

// erasure is what the server asks for when the person's account is deleted.
func (p *person) erasure(c api.ConversationID) *topic.Envelope {
	e := p.ask(api.Action{Type: api.EraseMember, Conversation: c})
	e.Session, e.Since = api.SessionID{}, 0
	return e
}

// Promises, rule 23.
func TestAnErasedMembersWordsAreTombstonesInEveryVersionAndTheGroupIsHandedOver(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cyd := w.person("ada"), w.person("bob"), w.person("cyd")
	c := ada.group(bob, cyd)
	w.is(ada.post(c, "a secret of ada"), api.MessageSent)
	w.is(bob.post(c, "what bob says"), api.MessageSent)
	w.is(ada.edit(c, 2, "a better secret of ada", bob), api.MessageEdited)
	w.is(ada.post(c, "to be deleted"), api.MessageSent)
	w.is(ada.delete(c, 5), api.MessageGone)
	direct := w.is(ada.message(bob, "a direct secret"), api.MessageSent).Conversation
	ada.standing(topic.Standing{Deleted: true})

	ask := ada.erasure(c)
	told := w.decide(ask)
	if r := w.result(told); r.Outcome != api.MemberErased || r.Seq != 7 {
		t.Fatalf("%+v", r)
	}
	for _, l := range told {
		if l.Kind == topic.LiveEntry && (len(l.Changes) != 1 || l.Changes[0] != topic.MemberChange{Person: ada.id}) {
			t.Errorf("the room was told %+v", l.Changes)
		}
	}
	w.is(ada.erasure(direct), api.MemberErased)
	for _, text := range []string{"secret of ada", "better", "to be deleted"} {
		if w.stored(c, text) {
			t.Errorf("%q is still in the log", text)
		}
	}
	if w.stored(direct, "a direct secret") || !w.stored(c, "what bob says") {
		t.Error("the wrong words were taken")
	}
	equal(t, "bob reads", bob.reads(c), "2 (deleted) by ada, 3 what bob says, 5 (deleted) by ada")
	equal(t, "bob's mentions", bob.head(c).Mentions, 0)
	equal(t, "bob's role", bob.head(c).Role, api.Owner)
	equal(t, "members", len(present(bob, c)), 2)

	again := w.result(w.decide(ask)) // a crash in between
	equal(t, "again", again.Seq, 7)
	w.refused(bob.message(ada, "still there?"), api.ReasonUnavailable)
}

func present(p *person, c api.ConversationID) (ms []api.Member) {
	all, err := p.chat.Members(p.ctx, p.id, c, api.MemberID{}, 100)
	p.check(err)
	for _, m := range all {
		if m.Membership == api.Present {
			ms = append(ms, m)
		}
	}
	return ms
}

func TestOnlyTheServerErasesAndOnlyWhoseAccountIsDeleted(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob)
	w.refused(ada.erasure(c), api.ReasonForbidden) // the account lives
	ada.standing(topic.Standing{Deleted: true})
	forged := ada.erasure(c)
	forged.Session = ada.session
	w.refused(forged, api.ReasonForbidden)
	w.refused(ada.erasure(api.NewConversationID()), api.ReasonNotMember)
	w.is(ada.erasure(c), api.MemberErased)
}

func TestOneWhoLeftIsErasedToo(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := bob.group(ada)
	w.is(ada.post(c, "a secret of ada"), api.MessageSent)
	w.is(ada.ask(api.Action{Type: api.LeaveGroup, Conversation: c}), api.MemberLeft)
	ada.standing(topic.Standing{Deleted: true})
	w.is(ada.erasure(c), api.MemberErased)
	if w.stored(c, "secret") {
		t.Error("the words of one who left stay")
	}
	equal(t, "bob's role", bob.head(c).Role, api.Owner)
}
