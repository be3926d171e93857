package chat_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

// office asks for something as an administrator does.
func (w *world) office(kind api.ActionType, c api.ConversationID) *topic.Envelope {
	a := &api.Action{ID: api.NewActionID(), Type: kind, Conversation: c}
	return &topic.Envelope{Action: a, Hash: a.Hash(), Sender: officer, ReplyTo: gateway, Attempt: 7, Wait: true}
}

var officer = api.NewUserID() // no account

func (w *world) handOver(c api.ConversationID, to *person) *topic.Envelope {
	e := w.office(api.HandOver, c)
	e.Peer = to.id
	return e
}

func TestAnAdministratorHandsAGroupOverWhoseOwnerIsGone(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo, dan := w.person("ada"), w.person("bob"), w.person("cleo"), w.person("dan")
	c := ada.group(bob, cleo)
	ada.standing(topic.Standing{Suspended: true})
	asked := w.handOver(c, bob)
	ts := w.decide(asked)
	result := w.result(ts)
	equal(t, "outcome", result.Outcome, api.MemberRanked)
	entry := w.frame(only(ts, topic.LiveEntry)[0]).Event
	equal(t, "who did it", entry.Sender, api.MemberID{})
	body, err := api.Decode[api.MemberBody](entry.Body)
	w.check(err)
	equal(t, "entry", body, api.MemberBody{Change: api.Ranked, Member: bob.head(c).Me, Role: api.Owner})
	equal(t, "bob", bob.head(c).Role, api.Owner)
	equal(t, "ada", ada.head(c).Role, api.Admin)
	equal(t, "it comes again", w.result(w.decide(asked)), result)
	equal(t, "who owns it already makes no entry", w.is(w.handOver(c, bob), api.MemberRanked).Seq, int64(0))
	equal(t, "last seq", bob.head(c).LastSeq, result.Seq)

	w.refused(w.handOver(c, dan), api.ReasonNotMember)
	w.is(cleo.leave(c), api.MemberLeft)
	w.refused(w.handOver(c, cleo), api.ReasonNotMember)
	w.refused(w.handOver(c, ada), api.ReasonUnavailable) // suspended
	w.refused(w.handOver(api.NewConversationID(), bob), api.ReasonNotMember)
	direct := w.is(bob.message(cleo, "hello"), api.MessageSent).Conversation
	w.refused(w.handOver(direct, bob), api.ReasonForbidden)
	byBob := bob.ask(api.Action{Type: api.HandOver, Conversation: c}, bob)
	w.refused(byBob, api.ReasonForbidden) // a session is nobody who administers
}
