package stream_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/server/client/stream"
)

func say(text string) api.Action {
	return api.Action{Type: api.SendMessage, Conversation: room, Text: text}
}

func (w *watcher) send(a api.Action) api.ActionID {
	w.t.Helper()
	id, err := w.Send(a)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (p *peer) action(text string) api.ActionID {
	f := p.expect(api.FrameAction)
	if f.Action == nil || f.Action.Text != text {
		p.t.Errorf("sent %+v, not %q", f.Action, text)
		return api.ActionID{}
	}
	return f.Action.ID
}

func (p *peer) accept(id api.ActionID) {
	p.write(api.ServerFrame{Kind: api.FrameAccepted, Ref: id.String(), Action: id})
}

func (p *peer) result(r api.Result) { p.write(api.ServerFrame{Kind: api.FrameResult, Result: &r}) }

func TestSendsKeepTheirOrderAndAreSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			a := p.action("a")
			p.accept(a)
			b := p.action("b") // not before a was accepted
			p.result(api.Result{Action: a, Outcome: api.MessageSent, Seq: 1})
			p.accept(b)
			p.result(api.Result{Action: b, Outcome: api.Refused, Reason: api.ReasonUnavailable})
			p.result(api.Result{Action: b, Outcome: api.Refused, Reason: api.ReasonUnavailable})
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		a, b := w.send(say("a")), w.send(say("b"))
		if got := next[stream.Accepted](w); got.Action != a {
			t.Fatalf("accepted %v", got)
		}
		if got := next[stream.Settled](w); got.Action.ID != a || got.Result.Seq != 1 {
			t.Fatalf("settled %+v", got)
		}
		if got := next[stream.Settled](w); got.Action.ID != b || got.Result.Reason != api.ReasonUnavailable {
			t.Fatalf("settled %+v", got)
		}
		synctest.Wait()
		for _, e := range w.end() {
			if _, again := e.(stream.Settled); again {
				t.Error("settled twice")
			}
		}
	})
}

func TestAcceptedTellsHowLongItTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			a := p.action("a")
			time.Sleep(30 * time.Millisecond) // of the bubble's clock
			p.accept(a)
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		w.send(say("a"))
		if got := next[stream.Accepted](w); got.Took != 30*time.Millisecond {
			t.Errorf("it took %v", got.Took)
		}
		w.end()
	})
}

func TestASendIsRepeatedWithItsIDUntilItsOutcomeComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a api.ActionID
		again := func(p *peer) {
			if id := p.action("a"); id != a {
				t.Errorf("sent again as %v, not %v", id, a)
			}
		}
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			a = p.action("a")
			began := time.Now()
			again(p)
			if d := time.Since(began); d != 10*time.Second {
				t.Errorf("without accepted: again after %v", d)
			}
			p.accept(a)
			began = time.Now()
			again(p)
			if d := time.Since(began); d != 10*time.Second {
				t.Errorf("without a result: again after %v", d)
			}
		}, func(p *peer) {
			p.attach(head(0))
			again(p)
			p.result(api.Result{Action: a, Outcome: api.MessageSent, Seq: 1}) // a dedupe hit
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		id := w.send(say("a"))
		if got := next[stream.Settled](w); got.Action.ID != id {
			t.Fatalf("settled %+v", got)
		}
		w.end()
	})
}

func TestAnOwnEntrySettlesItsAction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			a := p.action("a")
			other := entry(1)
			other.Action = a // ids are unique per sender only
			p.entry(other)
			own := entry(3)
			own.Action, own.Sender = a, me
			p.entry(own) // early: 2 is missing
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		id := w.send(say("a"))
		got := next[stream.Settled](w)
		if got.Action.ID != id || got.Result.Seq != 3 || got.Result.Outcome != api.MessageSent {
			t.Fatalf("settled %+v", got)
		}
		w.end()
	})
}

func TestRefusedAttemptsAreDelayedOrFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		problem := func(p *peer, id api.ActionID, pr *api.Problem) {
			p.write(api.ServerFrame{Kind: api.FrameProblem, Ref: id.String(), Problem: pr})
		}
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			a := p.action("a")
			problem(p, a, api.NewProblem("too_many", "").Later(7))
			began := time.Now()
			p.action("a")
			if d := time.Since(began); d < 7*time.Second {
				t.Errorf("again after %v", d)
			}
			problem(p, a, api.NewProblem("forbidden", ""))
			b := p.action("b")
			p.write(api.ServerFrame{Kind: api.FrameConflict, Ref: b.String(), Action: b})
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		w.send(say("a"))
		w.send(say("b"))
		if got := next[stream.Delayed](w); got.Problem.Code != "too_many" {
			t.Fatalf("delayed %+v", got)
		}
		for _, code := range []string{"forbidden", "conflict"} {
			got := next[stream.Failed](w)
			if p, ok := got.Err.(*api.Problem); !ok || p.Code != code {
				t.Fatalf("failed %+v, not %s", got, code)
			}
		}
		w.end()
	})
}

func TestAnotherProcessGoesOnWithTheOutbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	open := func() *outbox.Outbox {
		o, err := outbox.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	var sent api.ActionID
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t)) // never lets anybody in
		o := open()
		w := watch(t, c, stream.Config{Outbox: o})
		sent = w.send(say("a"))
		w.send(api.Action{Type: api.SetBlock, To: "bob"})
		next[stream.State](w)
		w.end()
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(outbox.Lifetime) // the bubble's clock
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			if id := p.action("a"); id != sent {
				t.Errorf("sent %v, not %v", id, sent)
			}
			p.result(api.Result{Action: sent, Outcome: api.MessageSent, Seq: 1})
			p.stay()
		}))
		o := open()
		w := watch(t, c, stream.Config{Outbox: o})
		if got := next[stream.Failed](w); got.Action.To != "bob" || got.Err != stream.ErrExpired {
			t.Fatalf("failed %+v", got)
		}
		next[stream.Settled](w)
		w.end()
		if n := len(o.Items()); n != 0 {
			t.Errorf("%d actions are open", n)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestALongOutboxDoesNotComeAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const people = 400
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			began := time.Now()
			var got []api.ActionID
			for i := range people {
				f := p.expect(api.FrameAction)
				if most := 150 * (1 + int(time.Since(began)/time.Second)); i >= most {
					t.Errorf("%d actions within %v", i+1, time.Since(began))
				}
				got = append(got, f.Action.ID)
			}
			if d := time.Since(began); d > 3*time.Second {
				t.Errorf("took %v", d)
			}
			for _, id := range got {
				p.result(api.Result{Action: id, Outcome: api.MessageSent, Seq: 1})
			}
			p.stay()
		}))
		o := outbox.Memory()
		for i := range people {
			a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: fmt.Sprintf("user%d", i), Text: "x"}
			if err := o.Add(a, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		w := watch(t, c, stream.Config{Outbox: o})
		for range people {
			next[stream.Settled](w)
		}
		w.end()
	})
}
