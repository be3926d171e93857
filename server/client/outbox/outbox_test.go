package outbox_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func message(to, text string) api.Action {
	return api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: to, Text: text}
}

func add(t *testing.T, o *outbox.Outbox, as ...api.Action) {
	t.Helper()
	for _, a := range as {
		if err := o.Add(a, start); err != nil {
			t.Fatal(err)
		}
	}
}

func due(t *testing.T, o *outbox.Outbox, now time.Time, want ...api.Action) {
	t.Helper()
	got := texts(o.Due(now, 100))
	if !slices.Equal(got, texts(want)) {
		t.Fatalf("due: %v, not %v", got, texts(want))
	}
}

func texts(as []api.Action) (s []string) {
	for _, a := range as {
		s = append(s, string(a.Type)+" "+a.Text)
	}
	return s
}

func sent(a api.Action) api.Result { return api.Result{Action: a.ID, Outcome: api.MessageSent, Seq: 1} }

func TestTheNextOfAConversationIsSentOnceTheOneBeforeIsAccepted(t *testing.T) {
	o := outbox.Memory()
	a1, a2, b1 := message("ada", "a1"), message("ada", "a2"), message("bob", "b1")
	add(t, o, a1, a2, b1, a1)
	due(t, o, start, a1, b1)
	due(t, o, start)
	o.Accepted(a1.ID, start)
	due(t, o, start, a2)
	if _, ok := o.Settle(sent(b1), start); !ok {
		t.Fatal("b1 was open")
	}
	if _, ok := o.Settle(sent(b1), start); ok {
		t.Fatal("b1 was settled before")
	}
	if n := len(o.Items()); n != 2 {
		t.Fatalf("%d open, not 2", n)
	}
}

func TestWhatIsNotAnsweredIsSentAgainLaterEachTime(t *testing.T) {
	o := outbox.Memory()
	a := message("ada", "a")
	add(t, o, a)
	due(t, o, start, a)
	now := start
	for _, wait := range []time.Duration{10, 20, 40, 80, 160, 300, 300} {
		at, ok := o.Next()
		if want := now.Add(wait * time.Second); !ok || !at.Equal(want) {
			t.Fatalf("next %v, not after %d s", at.Sub(now), wait)
		}
		now = at
		due(t, o, now, a)
	}
	o.Accepted(a.ID, now)
	due(t, o, now.Add(9*time.Second))
	due(t, o, now.Add(10*time.Second), a)
	o.Again()
	due(t, o, now, a)
	o.Later(a.ID, now.Add(time.Minute))
	due(t, o, now.Add(59*time.Second))
	due(t, o, now.Add(60*time.Second), a)
}

func TestAHeldActionIsKeptAndAskedForOnReconnectingOnly(t *testing.T) {
	o := outbox.Memory()
	a, next := message("ada", "a"), message("ada", "next")
	add(t, o, a, next)
	due(t, o, start, a)
	if _, ok := o.Settle(api.Result{Action: a.ID, Outcome: api.ActionHeld}, start); !ok {
		t.Fatal("a was open")
	}
	due(t, o, start, next)
	if _, ok := o.Drop(next.ID); !ok {
		t.Fatal("next was open")
	}
	if at, ok := o.Next(); ok {
		t.Fatalf("something is due at %v", at)
	}
	o.Again()
	due(t, o, start, a)
	due(t, o, start.Add(time.Hour))
	if it, ok := o.Get(a.ID); !ok || !it.Held {
		t.Fatal("a is held")
	}
}

func TestActionsButSendsExpireAfterSixDays(t *testing.T) {
	o := outbox.Memory()
	send := message("ada", "a")
	block := api.Action{ID: api.NewActionID(), Type: api.SetBlock, To: "bob"}
	add(t, o, send, block)
	if old := o.Expire(start.Add(outbox.Lifetime - time.Millisecond)); len(old) != 0 {
		t.Fatalf("too early: %v", texts(old))
	}
	if old := o.Expire(start.Add(outbox.Lifetime)); len(old) != 1 || old[0].ID != block.ID {
		t.Fatalf("expired: %v", texts(old))
	}
	if n := len(o.Items()); n != 1 {
		t.Fatalf("%d open, not 1", n)
	}
}

func TestAFullOutboxRefuses(t *testing.T) {
	o := outbox.Memory()
	for {
		if err := o.Add(message("ada", "x"), start); err != nil {
			if !errors.Is(err, outbox.ErrFull) {
				t.Fatal(err)
			}
			return
		}
	}
}

// A server that loses frames, answers late and answers twice never accepts two
// sends of a conversation in another order than they were added.
func TestSendsAreAcceptedInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := outbox.Memory()
		now := start
		var added, way []api.Action
		order := map[string][]api.ActionID{}
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				a := message(rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "to"), "x")
				if err := o.Add(a, now); err != nil {
					t.Fatal(err)
				}
				added = append(added, a)
			},
			"send": func(*rapid.T) { way = append(way, o.Due(now, 100)...) },
			"wait": func(*rapid.T) { now = now.Add(11 * time.Second) },
			"reconnect": func(*rapid.T) {
				way = nil // unread frames end with their connection
				o.Again()
			},
			"accept": func(t *rapid.T) {
				if len(way) == 0 {
					t.Skip("nothing on the way")
				}
				a := way[0]
				way = way[1:]
				if !slices.Contains(order[a.To], a.ID) {
					order[a.To] = append(order[a.To], a.ID)
				}
				if rapid.Bool().Draw(t, "answer comes") {
					o.Accepted(a.ID, now)
				}
			},
		})
		for to, ids := range order {
			var want []api.ActionID
			for _, a := range added {
				if a.To == to && len(want) < len(ids) {
					want = append(want, a.ID)
				}
			}
			if !slices.Equal(ids, want) {
				t.Fatalf("to %s: accepted %v, added %v", to, ids, want)
			}
		}
	})
}
