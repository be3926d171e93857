package stream_test

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/go-json-experiment/json"
)

func TestEntriesArriveOnceInOrderThroughLossAndReconnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(2))
			p.answer(0, 2)
			p.entry(entry(4)) // 3 is lost
			p.entry(entry(2))
			p.answer(2, 3)
			p.entry(entry(5))
		}, func(p *peer) {
			if cursor := p.attach(head(7)); cursor != "c" {
				t.Errorf("came back with the cursor %q", cursor)
			}
			p.answer(5, 7)
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		w.arrives(1, 2, 3, 4, 5)
		if st := next[stream.State](w); st.Phase != stream.Offline && st.Phase != stream.Live && st.Phase != stream.CatchingUp {
			t.Fatalf("state %v", st)
		}
		w.arrives(6, 7)
		for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
		}
		for _, e := range w.end() {
			t.Errorf("told too much: %+v", e)
		}
	})
}

func TestAKnownConversationIsToldWithoutPulls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(5))
			p.entry(entry(9))
			if f, ok := p.read(); ok {
				t.Errorf("the client sent %+v", f)
			}
		}))
		w := watch(t, c, stream.Config{})
		a := next[stream.Arrived](w)
		if a.Entry.Seq != 9 || a.Head.LastSeq != 9 {
			t.Fatalf("arrived %+v", a)
		}
		synctest.Wait()
		w.end()
	})
}

func TestAConversationThatAppearsIsAskedAboutAsSuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			h := head(1)
			p.write(api.ServerFrame{Kind: api.FrameHead, Head: &h})
			p.answer(0, 1)
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: func(h api.Head, appeared bool) (int64, bool) {
			if !appeared {
				t.Error("it was there before")
			}
			return 0, true
		}})
		w.arrives(1)
		w.end()
	})
}

func TestAnotherEpochStartsFromTheHeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(5))
			p.answer(0, 5)
		}, func(p *peer) {
			p.write(api.ServerFrame{Kind: api.FrameHello, Epoch: api.Epoch{2}})
			if f := p.expect(api.FrameAttach); f.Cursor != "" {
				t.Errorf("came with a cursor of another epoch")
			}
			p.heads(head(3))
			p.answer(0, 3)
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		w.arrives(1, 2, 3, 4, 5)
		next[stream.Reset](w)
		w.arrives(1, 2, 3)
		w.end()
	})
}

func TestAPullThatIsNotAnsweredIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(2))
			p.expect(api.FramePull) // lost
			f := p.expect(api.FramePull)
			p.write(api.ServerFrame{Kind: api.FrameProblem, Ref: f.Ref, Problem: api.NewProblem("too_many", "")})
			p.answer(0, 2)
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		w.arrives(1, 2)
		w.end()
	})
}

func TestLaggingAttachesAgainOnTheSameSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			a := p.expect(api.FrameAction) // its answers are dropped
			p.write(api.ServerFrame{Kind: api.FrameLagging})
			p.heads(head(3))
			if again := p.expect(api.FrameAction); again.Action.ID != a.Action.ID {
				t.Errorf("sent %v, not %v again", again.Action.ID, a.Action.ID)
			}
			p.answer(0, 3)
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		if _, err := w.Send(api.Action{Type: api.SendMessage, To: "ada", Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		w.arrives(1, 2, 3)
		w.end()
	})
}

func TestWhatTheClientDoesNotKnowIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			for _, s := range []string{`{"kind":"aurora","x":[1]}`, `{"kind":"entry"}`, `{"kind":"problem"}`, `[]`, `{`,
				`{"kind":"entries","ref":"pull-7"}`, `{"kind":"entry","event":{"conversation":"nonsense"}}`,
				`{"kind":"result","result":{"action":"00000000-0000-7000-8000-000000000001","outcome":"new"},"extra":true}`} {
				if err := p.ws.Write(t.Context(), 1, []byte(s)); err != nil {
					t.Error(err)
				}
			}
			e := entry(1)
			e.Kind = "reaction"
			b, err := json.Marshal(map[string]any{"kind": "entry", "event": e, "later": 1})
			if err != nil {
				t.Error(err)
			}
			if err := p.ws.Write(t.Context(), 1, b); err != nil {
				t.Error(err)
			}
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		w.arrives(1)
		w.end()
	})
}

// A page tells of its own conversation only, whatever a server puts in it.
func TestAnEntryOfAnotherConversationIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(2))
			f := p.expect(api.FramePull)
			foreign := entry(1)
			foreign.Conversation = api.ConversationID{8}
			p.write(api.ServerFrame{Kind: api.FrameEntries, Ref: f.Ref, Page: &api.Page{
				Conversation: room, Next: 2, Entries: []api.Entry{foreign, entry(2)},
			}})
			p.answer(0, 2)
			p.stay()
		}))
		w := watch(t, c, stream.Config{Follow: fromStart})
		for seq := int64(1); seq <= 2; seq++ {
			if got := next[stream.Arrived](w); got.Entry.Conversation != room || got.Head.Conversation != room || got.Entry.Seq != seq {
				t.Errorf("arrived is %+v", got)
			}
		}
		w.end()
	})
}

func TestMarksAreSaidAtMostOnceASecondAndAgainUntilAHeadShowsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mark := func(p *peer, received, read int64) {
			if f := p.expect(api.FrameMark); f.Received != received || f.Read != read {
				t.Errorf("marked received %d, read %d; not %d, %d", f.Received, f.Read, received, read)
			}
		}
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(5))
			mark(p, 5, 0) // what the heads show was received
			began := time.Now()
			mark(p, 5, 4)
			if d := time.Since(began); d > time.Second {
				t.Errorf("after %v", d)
			}
		}, func(p *peer) {
			p.attach(head(5)) // it was lost
			mark(p, 5, 4)
		}, func(p *peer) {
			h := head(5)
			h.ReceivedSeq, h.ReadSeq, h.ReadOrd = 5, 4, 4
			p.attach(h)
			if f, ok := p.read(); ok {
				t.Errorf("the client sent %+v", f)
			}
		}))
		w := watch(t, c, stream.Config{Received: true})
		for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
		}
		for read := range int64(5) {
			w.Mark(room, 0, read)
		}
		for range 2 {
			for st := next[stream.State](w); st.Phase != stream.Offline; st = next[stream.State](w) {
			}
		}
		for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
		}
		synctest.Wait()
		w.end()
	})
}

func TestAnotherDevicesChangesAreRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mux := http.NewServeMux()
		mux.Handle("/v1/stream", scripted(t, func(p *peer) {
			p.attach(head(5))
			p.write(api.ServerFrame{Kind: api.FramePerson, Version: 9})
			p.stay()
		}))
		mux.HandleFunc("/v1/me/changes", func(w http.ResponseWriter, _ *http.Request) {
			h := head(5)
			h.ReadSeq, h.ReadOrd = 5, 5
			_, _ = w.Write(api.Encode(api.Changes{Version: 9, Heads: []api.Head{h}, Blocks: []api.Block{{Handle: "bob", Active: true}}}))
		})
		c, _ := clienttest.Serve(t, mux)
		w := watch(t, c, stream.Config{})
		for h := next[stream.HeadMoved](w); h.Head.ReadSeq != 5; h = next[stream.HeadMoved](w) {
		}
		if b := next[stream.BlockChanged](w); b.Block.Handle != "bob" {
			t.Fatalf("%+v", b)
		}
		w.end()
	})
}

func TestAnInvalidActionIsNotKept(t *testing.T) {
	c, err := client.New(client.Config{Server: "http://chat.test"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.New(c, stream.Config{}).Send(api.Action{Type: api.SendMessage, To: "ada"})
	var p *api.Problem
	if !errors.As(err, &p) || p.Pointer != "/text" {
		t.Fatalf("got %v", err)
	}
}
