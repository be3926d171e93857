package chat_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
)

func TestSuspendedDeletedAndSignedOutSendersAreRefused(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	bob := w.person("bob")
	for name, c := range map[string]struct {
		standing func(*person) topic.Standing
		want     api.Reason
	}{
		"suspended": {func(*person) topic.Standing { return topic.Standing{Suspended: true} }, api.ReasonSuspended},
		"deleted":   {func(*person) topic.Standing { return topic.Standing{Deleted: true} }, api.ReasonSuspended},
		"revoked":   {func(p *person) topic.Standing { return topic.Standing{Revoked: []api.SessionID{p.session}} }, api.ReasonSignedOut},
		"too old":   {func(p *person) topic.Standing { return topic.Standing{NotBefore: p.version + 1} }, api.ReasonSignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			p := w.person("sender")
			conversation := w.is(p.message(bob, "before"), api.MessageSent).Conversation
			late, group := p.post(conversation, "after"), p.ask(api.Action{Type: api.CreateGroup, Name: "x"}, bob)
			p.standing(c.standing(p))
			w.refused(late, c.want)
			w.refused(group, c.want)
		})
	}
}

func TestASessionOpenedAfterTheRevocationIsHeard(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	old := ada.session
	ada.standing(topic.Standing{Revoked: []api.SessionID{old}, NotBefore: 2})
	ada.session = api.NewSessionID()
	w.is(ada.message(bob, "hello"), api.MessageSent)
	ada.session = old
	w.refused(ada.message(bob, "hello"), api.ReasonSignedOut)
}

func TestALateStandingHidesNothing(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	ada.version = 5
	ada.standing(topic.Standing{Suspended: true})
	w.live.take(t)
	ada.version = 2
	ada.standing(topic.Standing{})
	ts := w.live.take(t)
	equal(t, "told", ts[0].Version, 6)
	equal(t, "key", ts[0].key, bus.Key{Kind: bus.Person, ID: ada.id})
	w.refused(ada.message(bob, "hello"), api.ReasonSuspended)
	v, err := w.chat.Standing(w.ctx, ada.id)
	w.check(err)
	equal(t, "version", v, 6)
}

func TestAStandingThatComesAgainIsToldAgain(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada := w.person("ada")
	b := bus.Batch{LogID: logID, Expected: w.accPos, Pos: w.accPos + 1, Number: w.accPos + 1,
		Records: []bus.Record{{Value: (&topic.Standing{User: ada.id, Version: 2, Handle: "ada"}).Encode()}, {Value: []byte("no JSON")}}}
	w.check(w.accounts.Apply(w.ctx, b))
	w.live.take(t)
	w.check(w.accounts.Apply(w.ctx, b)) // the commit was not known
	equal(t, "told", len(only(w.live.take(t), topic.LiveStanding)), 1)
	b.Decided = true
	w.check(w.accounts.Apply(w.ctx, b))
	equal(t, "told", len(only(w.live.take(t), topic.LiveStanding)), 1)
	held, err := w.chat.Held(w.ctx, 0, 10)
	w.check(err)
	equal(t, "held", len(held), 1)
	equal(t, "topic", held[0].Topic, topic.Accounts)
}
