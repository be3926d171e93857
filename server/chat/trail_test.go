package chat_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/chat"
)

// trail is what is stored of the action of e, which has one sender.
func (w *world) trail(action api.ActionID) api.Traced {
	w.Helper()
	found, err := w.chat.Trail(w.ctx, action)
	w.check(err)
	equal(w, "senders", len(found), 1)
	return found[0]
}

func TestTheTrailOfAMessageTellsItsPlaceAndWhoHasIt(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, eve := w.person("ada"), w.person("bob"), w.person("eve")
	c := ada.group(bob, eve) // 1
	e := ada.post(c, "hello")
	w.is(e, api.MessageSent) // 2
	w.is(eve.leave(c), api.MemberLeft)
	w.is(ada.add(c, w.person("late")), api.MemberAdded) // sees it not
	w.decide(bob.mark(c, 2, 0))

	f := w.trail(e.Action.ID)
	equal(t, "sender", f.Sender, ada.id)
	equal(t, "handle", f.Handle, "ada")
	equal(t, "outcome", f.Result.Outcome, api.MessageSent)
	equal(t, "seq", f.Result.Seq, 2)
	equal(t, "place of what is not the latest", f.Position, 0)
	equal(t, "entitled", f.Reach.Entitled, 3)
	equal(t, "received", f.Reach.Received, 2)
	equal(t, "read", f.Reach.Read, 1)
	equal(t, "the first", f.Reach.Members[0].Handle, "eve")
	equal(t, "eve has it", f.Reach.Members[0].Received, false)
	for _, m := range f.Reach.Members[1:] {
		equal(t, m.Handle+" has it", m.Received, true)
		equal(t, m.Handle+" has read it", m.Read, m.Handle == "ada")
	}

	last := ada.post(c, "the last")
	w.is(last, api.MessageSent)
	equal(t, "place of the latest", w.trail(last.Action.ID).Position, w.pos)
}

func TestTheTrailOfARefusalTellsItsRuleAndOfAHeldActionItsCause(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	w.is(bob.block(ada), api.BlockSet)
	e := ada.message(bob, "x")
	w.refused(e, api.ReasonUnavailable)
	f := w.trail(e.Action.ID)
	equal(t, "reason", f.Result.Reason, api.ReasonUnavailable)
	if f.Reach != nil || f.Held != nil {
		t.Errorf("a refusal reached somebody: %+v", f)
	}

	e = bob.message(w.person("eve"), "x")
	w.held(e)
	f = w.trail(e.Action.ID)
	equal(t, "outcome", f.Result.Outcome, api.ActionHeld)
	equal(t, "cause", f.Held.Cause, "it fails")
}

func TestOneActionIDOfTwoSendersIsTwoTrails(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	hers, his := ada.message(bob, "x"), bob.message(ada, "y")
	his.Action.ID = hers.Action.ID
	his.Hash = his.Action.Hash()
	w.is(hers, api.MessageSent)
	w.is(his, api.MessageSent)
	found, err := w.chat.Trail(w.ctx, hers.Action.ID)
	w.check(err)
	equal(t, "trails", len(found), 2)
	found, err = w.chat.Trail(w.ctx, api.NewActionID())
	w.check(err)
	equal(t, "of an unknown one", len(found), 0)
}
