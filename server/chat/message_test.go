package chat_test

import (
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
)

func TestTheFirstMessageCreatesTheDirectConversation(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	ts := w.decide(e)
	r := w.result(ts)
	equal(t, "result", r, api.Result{Action: e.Action.ID, Outcome: api.MessageSent, Conversation: api.DirectConversation(bob.id, ada.id), Seq: 1, Ord: 1, Time: api.TimeOf(w.now())})

	joined := map[api.UserID]int64{}
	for _, l := range only(ts, topic.LiveJoined) {
		equal(t, "key", l.key, bus.Key{Kind: bus.Person, ID: l.Person})
		joined[l.Person] = l.Seq
	}
	equal(t, "people told", len(joined), 2)
	equal(t, "bob joins at", joined[bob.id], 1)
	entry := only(ts, topic.LiveEntry)[0]
	equal(t, "changes", len(entry.Changes), 2)
	equal(t, "entry's member", w.frame(entry).Event.Sender, ada.head(r.Conversation).Me)

	h := bob.head(r.Conversation)
	equal(t, "peer", h.Peer, "ada")
	equal(t, "unread", h.LastOrd-h.ReadOrd, 1)
	h = ada.head(r.Conversation)
	equal(t, "own unread", h.LastOrd-h.ReadOrd, 0)
	for _, p := range []*person{ada, bob} {
		v, err := p.chat.Version(p.ctx, p.id)
		p.check(err)
		equal(t, "version", v, 1)
	}
}

func TestSeqAndOrdAreDenseInSendingOrder(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	var es []*topic.Envelope
	for range 5 {
		es = append(es, ada.message(bob, "a"), bob.message(ada, "b"))
	}
	for i, r := range w.results(w.decide(es...)) {
		equal(t, "seq", r.Seq, int64(i+1))
		equal(t, "ord", r.Ord, int64(i+1))
		equal(t, "action", r.Action, es[i].Action.ID)
	}
}

func TestResultsGoToTheSessionAndToTheWaitingGateway(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	rs := only(w.decide(e), topic.LiveResult)
	equal(t, "results", len(rs), 2)
	equal(t, "first key", rs[0].key, bus.Key{Kind: bus.Person, ID: ada.id})
	equal(t, "session", rs[0].Session, ada.session)
	equal(t, "second key", rs[1].key, bus.Key{Kind: bus.Gateway, ID: gateway})
	equal(t, "attempt", rs[1].Attempt, 7)
	e = ada.message(bob, "again")
	e.Wait = false
	equal(t, "results without a waiter", len(only(w.decide(e), topic.LiveResult)), 1)
}

func TestTheSameActionIsCommittedOnceAndToldAgain(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	first := w.is(e, api.MessageSent)
	ts := w.decide(e, e)
	for _, r := range w.results(ts) {
		equal(t, "result", r, first)
	}
	equal(t, "entries told", len(only(ts, topic.LiveEntry)), 2)
	equal(t, "messages", len(bob.texts(first.Conversation)), 1)
}

func TestAKeyUsedForAnotherActionIsAConflictAndNoOutcome(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	first := ada.message(bob, "hello")
	r := w.is(first, api.MessageSent)
	other := ada.ask(api.Action{ID: first.Action.ID, Type: api.SendMessage, Text: "something else"}, bob)
	ts := w.decide(other)
	equal(t, "told", len(ts), 1)
	equal(t, "kind", ts[0].Kind, topic.LiveConflict)
	equal(t, "key", ts[0].key, bus.Key{Kind: bus.Gateway, ID: gateway})
	stored, err := w.chat.Outcome(w.ctx, ada.id, first.Action.ID)
	w.check(err)
	equal(t, "outcome", stored, r)
}

// Promises, rules 17 and 23: the handle of an erased account is nobody's, and
// who repeats what was sent to it must not see the difference.
func TestAnActionRepeatedAfterItsReceiverWasErasedIsAnsweredTheSame(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cyd, dan := w.person("ada"), w.person("bob"), w.person("cyd"), w.person("dan")
	w.is(bob.block(cyd), api.BlockSet)
	nobody := &person{world: w, id: api.NewUserID()}
	sent, refused, blocked := ada.message(bob, "hello"), cyd.message(bob, "hello"), ada.block(bob)
	inGroup, toDan := ada.post(ada.group(dan), "hello"), ada.message(dan, "hello")
	want := map[*topic.Envelope]api.Result{}
	for _, e := range []*topic.Envelope{sent, refused, blocked, inGroup, toDan} {
		want[e] = w.result(w.decide(e))
	}
	bob.standing(topic.Standing{Deleted: true})
	again := func(e *topic.Envelope, text string) *topic.Envelope {
		from := &person{world: w, id: e.Sender, session: e.Session, version: 1}
		return from.ask(api.Action{ID: e.Action.ID, Type: e.Action.Type, Text: text}, nobody)
	}
	for _, e := range []*topic.Envelope{sent, refused, blocked} {
		equal(t, string(e.Action.Type), w.result(w.decide(again(e, e.Action.Text))), want[e])
	}
	for what, e := range map[string]*topic.Envelope{
		"another text": again(sent, "hello you"), "what went to a group": again(inGroup, "hello"), "what went to somebody who is there": again(toDan, "hello"),
		"somebody else": ada.ask(api.Action{ID: sent.Action.ID, Type: api.SendMessage, Text: "hello"}, cyd),
	} {
		if ts := w.decide(e); len(ts) != 1 || ts[0].Kind != topic.LiveConflict {
			t.Errorf("%s: told %+v", what, ts)
		}
	}
}

func TestTwoPeopleMayUseTheSameActionID(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	w.is(e, api.MessageSent)
	w.is(bob.ask(api.Action{ID: e.Action.ID, Type: api.SendMessage, Text: "hello"}, ada), api.MessageSent)
}

func TestUnreachableReceiversGiveOneAnswer(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada := w.person("ada")
	suspended, deleted, blocking, known := w.person("sus"), w.person("del"), w.person("blo"), w.person("kno")
	stranger := &person{world: w, id: api.NewUserID()}
	c := w.is(ada.message(known, "before"), api.MessageSent).Conversation
	suspended.standing(topic.Standing{Suspended: true})
	deleted.standing(topic.Standing{Deleted: true})
	w.is(blocking.block(ada), api.BlockSet)
	w.is(known.block(ada), api.BlockSet)
	for _, to := range []*person{stranger, suspended, deleted, blocking, known, ada} {
		w.refused(ada.message(to, "hello"), api.ReasonUnavailable)
	}
	w.refused(ada.post(c, "by its id"), api.ReasonUnavailable)
	equal(t, "messages", len(known.texts(c)), 1)
}

func TestWhoBlocksIsToldSoWhenTheyWrite(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	w.is(ada.block(bob), api.BlockSet)
	w.refused(ada.message(bob, "hello"), api.ReasonBlockedByYou)
	w.is(bob.block(ada), api.BlockSet)
	w.refused(ada.message(bob, "hello"), api.ReasonBlockedByYou)
}

func TestARefusalStaysAfterTheUnblock(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	w.is(bob.block(ada), api.BlockSet)
	e := ada.message(bob, "hello")
	w.refused(e, api.ReasonUnavailable)
	w.is(bob.unblock(ada), api.BlockCleared)
	w.refused(e, api.ReasonUnavailable)
	w.is(ada.message(bob, "hello"), api.MessageSent)
}

func TestASendBesideABlockInOneBatchIsDecidedInOrder(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	rs := w.results(w.decide(ada.message(bob, "1"), bob.block(ada), ada.message(bob, "2"), bob.unblock(ada), ada.message(bob, "3")))
	equal(t, "first", rs[0].Outcome, api.MessageSent)
	equal(t, "blocked", rs[2].Reason, api.ReasonUnavailable)
	equal(t, "seq after it", rs[4].Seq, 2)
}

func TestAnswersOnlyNameMessagesThatTheSenderMayRead(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	w.refused(ada.ask(api.Action{Type: api.SendMessage, Text: "re", ReplyTo: 1}, bob), api.ReasonBadReply)
	_, err := w.chat.Head(w.ctx, bob.id, api.DirectConversation(ada.id, bob.id))
	equal(t, "a refused answer creates nothing", err.(*api.Problem).Code, "not_found")

	c := ada.group(bob)
	seq := w.is(ada.post(c, "before"), api.MessageSent).Seq
	w.is(ada.ask(api.Action{Type: api.AddMember, Conversation: c, To: "cleo"}, cleo), api.MemberAdded)
	reply := api.Action{Type: api.SendMessage, Conversation: c, Text: "re", ReplyTo: seq}
	w.is(bob.ask(reply), api.MessageSent)
	w.refused(cleo.ask(reply), api.ReasonBadReply)
	reply.ReplyTo = 1 // the creation is no message
	w.refused(bob.ask(reply), api.ReasonBadReply)
	reply.ReplyTo = 99
	w.refused(bob.ask(reply), api.ReasonBadReply)
}

func TestOnlyMembersAreMentioned(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob)
	e := ada.post(c, "@bob @cleo @bob @ada")
	e.Mentions = []api.UserID{bob.id, cleo.id, bob.id, ada.id}
	entry := w.frame(only(w.decide(e), topic.LiveEntry)[0]).Event
	body, err := api.Decode[api.MessageBody](entry.Body)
	w.check(err)
	equal(t, "mentions", len(body.Mentions), 1)
	equal(t, "mentioned", body.Mentions[0], bob.head(c).Me)
	equal(t, "unread mentions", bob.head(c).Mentions, 1)
	w.decide(bob.mark(c, 0, entry.Seq))
	equal(t, "unread mentions after reading", bob.head(c).Mentions, 0)
}

func TestStrangersLearnNothingOfAConversation(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, eve := w.person("ada"), w.person("bob"), w.person("eve")
	c := ada.group(bob)
	there, nowhere := eve.post(c, "hi"), eve.post(api.NewConversationID(), "hi")
	w.refused(there, api.ReasonNotMember)
	w.refused(nowhere, api.ReasonNotMember)
	w.refused(eve.post(api.DirectConversation(ada.id, bob.id), "hi"), api.ReasonNotMember)
	_, err := w.chat.Entries(w.ctx, eve.id, c, 0, 0, 10)
	equal(t, "entries", err.(*api.Problem).Code, "not_found")
	_, err = w.chat.Members(w.ctx, eve.id, c, api.MemberID{}, 10)
	equal(t, "members", err.(*api.Problem).Code, "not_found")
}

func TestTimesDoNotGoBackForSmallClockSteps(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	first := w.is(ada.message(bob, "1"), api.MessageSent).Time
	w.pass(-4 * time.Second)
	equal(t, "time after a small step", w.is(ada.message(bob, "2"), api.MessageSent).Time, first)
	w.pass(-time.Minute)
	equal(t, "time after a large step", w.is(ada.message(bob, "3"), api.MessageSent).Time, api.TimeOf(w.now()))
}
