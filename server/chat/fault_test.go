package chat_test

import (
	"context"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/chat/decide"
	"github.com/chatctl/chatctl/server/store"
)

// uncommitted is a database whose next commit fails: nothing is stored.
type uncommitted struct {
	store.DB
	fail bool
}

func (u *uncommitted) InTx(ctx context.Context, fn func(store.Tx) error) error {
	return u.DB.InTx(ctx, func(tx store.Tx) error {
		if err := fn(tx); err != nil || !u.fail {
			return err
		}
		u.fail = false
		return store.ErrTransient
	})
}

func TestEachFaultBreaksItsPromiseAndNothingElseDoes(t *testing.T) {
	for name, c := range map[string]struct {
		faults chat.Faults
		kept   func(w *world, ada, bob *person) bool
	}{
		"one message an action": {chat.Faults{Faults: decide.Faults{NoDedupe: true}}, func(w *world, ada, bob *person) bool {
			e := ada.message(bob, "x")
			w.decide(e)
			w.decide(e)
			return len(bob.texts(e.Action.Conversation)) == 1
		}},
		"told only when committed": {chat.Faults{PublishBeforeCommit: true}, func(w *world, ada, bob *person) bool {
			u := &uncommitted{w.db, false}
			w.serve(u)
			w.live.take(w)
			u.fail = true
			err := w.actions.Apply(w.ctx, w.batch(records(ada.message(bob, "x"))))
			equal(w, "fate", w.actions.Fate(err), bus.Retry)
			return len(w.live.take(w)) == 0
		}},
		"a dedupe hit is told again": {chat.Faults{Faults: decide.Faults{NoRepublish: true}}, func(w *world, ada, bob *person) bool {
			e := ada.message(bob, "x")
			w.decide(e)
			return len(w.results(w.decide(e))) == 1
		}},
		"a refusal is decided once": {chat.Faults{Faults: decide.Faults{RefusalsNotStored: true}}, func(w *world, ada, bob *person) bool {
			e := ada.message(bob, "x")
			w.decide(bob.block(ada))
			w.decide(e)
			w.decide(bob.unblock(ada))
			return w.result(w.decide(e)).Outcome == api.Refused
		}},
		"nothing is heard after a block": {chat.Faults{Faults: decide.Faults{NoBlockCheck: true}}, func(w *world, ada, bob *person) bool {
			w.decide(bob.block(ada))
			return w.result(w.decide(ada.message(bob, "x"))).Outcome == api.Refused
		}},
		"seq is dense": {chat.Faults{Faults: decide.Faults{SkipSeq: true}}, func(w *world, ada, bob *person) bool {
			var es []*topic.Envelope
			for range 40 {
				es = append(es, ada.message(bob, "x"))
			}
			return w.results(w.decide(es...))[39].Seq == 40
		}},
		"marks move forward": {chat.Faults{Faults: decide.Faults{MarksGoBack: true}}, func(w *world, ada, bob *person) bool {
			c := w.result(w.decide(ada.message(bob, "x"))).Conversation
			w.decide(ada.message(bob, "y"), bob.mark(c, 2, 2))
			w.decide(bob.mark(c, 1, 1))
			return bob.head(c).ReadSeq == 2
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range []chat.Faults{{}, c.faults} {
				w := newWorld(t, f)
				equal(t, "kept", c.kept(w, w.person("ada"), w.person("bob")), f == chat.Faults{})
			}
		})
	}
}
