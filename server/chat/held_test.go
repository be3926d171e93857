package chat_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"pgregory.net/rapid"
)

// held has e held, and returns its outcome.
func (w *world) held(e *topic.Envelope) api.Result {
	w.Helper()
	w.live.take(w)
	w.check(w.actions.Hold(w.ctx, w.batch(records(e)), errors.New("it fails")))
	w.pos++
	return w.result(w.live.take(w))
}

// admin makes the action of an administrator on a held one.
func (w *world) admin(a api.ActionType, of *topic.Envelope) *topic.Envelope {
	e := &topic.Envelope{Action: &api.Action{ID: api.NewActionID(), Type: a, Conversation: of.Action.Conversation}, Sender: api.NewUserID(),
		Held: of.Action.ID, Of: of.Sender, ReplyTo: gateway, Wait: true}
	e.Hash = e.Action.Hash()
	return e
}

func TestMalformedRecordsAreHeldBesideTheOthers(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	elsewhere := ada.message(bob, "x")
	elsewhere.Action.Conversation = api.NewConversationID()
	stolen := ada.ask(api.Action{Type: api.CreateGroup, Name: "x"})
	stolen.Action.Conversation = api.DirectConversation(ada.id, bob.id)
	unknown := ada.ask(api.Action{Type: "message.shout", Conversation: api.NewConversationID()})
	rs := append(records(elsewhere, stolen, unknown), bus.Record{Value: []byte(`{"v":1,`)}, bus.Record{}, records(ada.message(bob, "good"))[0])
	w.live.take(t)
	w.check(w.actions.Apply(w.ctx, w.batch(rs)))
	outcomes := w.results(w.live.take(t))
	equal(t, "answers", len(outcomes), 4)
	for _, r := range outcomes[:3] {
		equal(t, "outcome", r.Outcome, api.ActionHeld)
	}
	equal(t, "the good one", outcomes[3].Seq, 1)
	hs, err := w.chat.Held(w.ctx, 0, 10)
	w.check(err)
	equal(t, "held", len(hs), 5)
	equal(t, "sender", hs[0].Sender, ada.id)
	equal(t, "position", hs[4].Position, w.pos+1)
}

func TestANewerEnvelopeStopsThePartition(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	err := w.actions.Apply(w.ctx, w.batch([]bus.Record{{Value: []byte(`{"v":99}`)}}))
	equal(t, "fate", w.actions.Fate(err), bus.Stop)
	hs, err := w.chat.Held(w.ctx, 0, 10)
	w.check(err)
	equal(t, "held", len(hs), 0)
}

func TestAHeldActionAnswersHeldUntilItIsRetried(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	equal(t, "outcome", w.held(e).Outcome, api.ActionHeld)
	w.is(e, api.ActionHeld)
	w.is(ada.message(bob, "other"), api.MessageSent)

	rs := w.results(w.decide(w.admin(api.RetryHeld, e)))
	equal(t, "its own outcome", rs[0].Outcome, api.MessageSent)
	equal(t, "its action", rs[0].Action, e.Action.ID)
	equal(t, "the administrator's", rs[1].Outcome, api.HeldRetried)
	equal(t, "seq", w.is(e, api.MessageSent).Seq, 2)
	hs, err := w.chat.Held(w.ctx, 0, 10)
	w.check(err)
	equal(t, "still held", len(hs), 0)
	w.refused(w.admin(api.RetryHeld, e), api.ReasonNotHeld)
	w.refused(w.admin(api.DropHeld, e), api.ReasonNotHeld)
}

func TestAHeldActionThatIsDroppedIsRefusedForGood(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	w.held(e)
	drop := w.admin(api.DropHeld, e)
	rs := w.results(w.decide(drop))
	equal(t, "its own reason", rs[0].Reason, api.ReasonDropped)
	equal(t, "the administrator's", rs[1].Outcome, api.HeldDropped)
	w.refused(e, api.ReasonDropped)
	w.is(drop, api.HeldDropped)
}

// Nobody waits for what has no sender: it is dropped by its place, and nothing
// beside it.
func TestWhatHasNoSenderIsDroppedByItsPlace(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	damaged := ada.message(bob, "x")
	damaged.Action.Type = "message.shout"
	rs := append(records(damaged), bus.Record{Value: []byte(`{"v":1,`)}, bus.Record{Value: []byte("no JSON")})
	w.check(w.actions.Apply(w.ctx, w.batch(rs)))
	w.pos++
	drop := func(position int64) *topic.Envelope {
		e := w.admin(api.DropHeld, ada.message(bob, "y"))
		e.Held, e.Of, e.HeldAt = api.ActionID{}, api.UserID{}, &topic.Place{Topic: topic.ActionsChat, Position: position}
		return e
	}
	there, err := w.chat.HeldAt(w.ctx, topic.Place{Topic: topic.ActionsChat, Position: w.pos})
	w.check(err)
	equal(t, "there", len(there), 2)
	equal(t, "its bytes", string(there[0].Record)+string(there[1].Record), `{"v":1,no JSON`)
	w.refused(drop(w.pos+7), api.ReasonNotHeld)
	forged := drop(w.pos)
	forged.Sender, forged.Session = ada.id, ada.session
	w.refused(forged, api.ReasonForbidden)
	at := w.pos - 2 // two decisions ago
	e := drop(at)
	w.is(e, api.HeldDropped)
	w.is(e, api.HeldDropped)
	w.refused(drop(at), api.ReasonNotHeld)
	hs, err := w.chat.Held(w.ctx, 0, 10)
	w.check(err)
	equal(t, "left", len(hs), 1)
	equal(t, "whose", hs[0].Sender, ada.id)
}

func TestOnlyTheOwnConversationsPartitionRetries(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	w.held(e)
	wrong := w.admin(api.RetryHeld, e)
	wrong.Action.Conversation = api.NewConversationID()
	wrong.Hash = wrong.Action.Hash()
	w.refused(wrong, api.ReasonNotHeld)
	w.is(e, api.ActionHeld)
}

func TestHoldingWhatHasAnOutcomeAddsNothing(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	r := w.is(e, api.MessageSent)
	equal(t, "outcome", w.held(e), r)
	bad := []bus.Record{{Value: []byte("no JSON")}}
	b := w.batch(bad)
	b.Pos = b.Expected
	for range 2 {
		w.check(w.actions.Hold(w.ctx, b, errors.New("it fails")))
	}
	hs, err := w.chat.Held(w.ctx, 0, 10)
	w.check(err)
	equal(t, "held", len(hs), 1)
	equal(t, "cause", hs[0].Cause, "it fails")
}

func TestNoSessionRetriesOrDropsWhatIsHeld(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	e := ada.message(bob, "hello")
	w.held(e)
	for _, a := range []api.ActionType{api.RetryHeld, api.DropHeld} {
		forged := w.admin(a, e)
		forged.Sender, forged.Session = ada.id, ada.session
		w.refused(forged, api.ReasonForbidden)
	}
	w.is(e, api.ActionHeld)
}

func TestWhateverLiesOnTheLogIsDecidedOrHeldOrStopsAsNewer(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob)
	good := records(ada.message(bob, "x"), ada.post(c, "x"), ada.block(bob), ada.add(c, bob), ada.leave(c), bob.mark(c, 1, 1),
		ada.ask(api.Action{Type: api.CreateGroup, Name: "x"}), w.admin(api.RetryHeld, ada.post(c, "x")))
	rapid.Check(t, func(t *rapid.T) {
		value := slices.Clone(rapid.SampledFrom(good).Draw(t, "record").Value)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			at := rapid.IntRange(0, len(value)-1).Draw(t, "at")
			to := min(at+rapid.IntRange(0, 40).Draw(t, "length"), len(value))
			with := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 3), rapid.SampledFrom([][]byte{
				[]byte(`null`), []byte(`0`), []byte(`-1`), []byte(`""`), []byte(`9007199254740993`), []byte(`{}`), []byte(`[]`)})).Draw(t, "with")
			if value = slices.Replace(value, at, to, with...); len(value) == 0 {
				break
			}
		}
		err := w.actions.Apply(w.ctx, w.batch([]bus.Record{{Value: value}}))
		if err == nil {
			w.pos++
		} else if !errors.Is(err, topic.ErrNewer) {
			t.Fatalf("%q: %v", value, err)
		}
	})
}
