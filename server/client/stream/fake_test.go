package stream_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/coder/websocket"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// peer is the server's end of one stream.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
}

// scripted answers the n-th handshake with the n-th script; when a script returns
// the connection is cut. Further handshakes are refused as 503.
func scripted(t *testing.T, scripts ...func(*peer)) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		var script func(*peer)
		if len(scripts) > 0 {
			script, scripts = scripts[0], scripts[1:]
		}
		mu.Unlock()
		if script == nil {
			refuse(w, api.NewProblem("starting", ""))
			return
		}
		if got := r.Header.Get("Authorization"); got != "Bearer token" {
			t.Errorf("authorization %q", got)
		}
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chatctl.v1"}})
		if err != nil {
			t.Errorf("accepting: %v", err)
			return
		}
		defer func() { _ = ws.CloseNow() }()
		script(&peer{t, ws})
	})
}

func refuse(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(api.Encode(p))
}

func (p *peer) write(fs ...api.ServerFrame) {
	for _, f := range fs {
		if err := p.ws.Write(p.t.Context(), websocket.MessageText, api.Encode(&f)); err != nil {
			p.t.Errorf("writing %s: %v", f.Kind, err)
		}
	}
}

// read returns the client's next frame, which a strict server must accept; ok is
// false when the connection ended.
func (p *peer) read() (f api.ClientFrame, ok bool) {
	_, b, err := p.ws.Read(p.t.Context())
	if err != nil {
		return f, false
	}
	if f, err = api.Decode[api.ClientFrame](b); err == nil {
		err = f.Check()
	}
	if err != nil {
		p.t.Errorf("the client sent %s: %v", b, err)
	}
	return f, true
}

func (p *peer) expect(kind api.FrameKind) api.ClientFrame {
	f, ok := p.read()
	if !ok || f.Kind != kind {
		p.t.Errorf("the client sent %+v (connected: %v), not %s", f, ok, kind)
	}
	return f
}

// attach runs hello to live with heads.
func (p *peer) attach(heads ...api.Head) (cursor string) {
	p.write(api.ServerFrame{Kind: api.FrameHello, Epoch: api.Epoch{1}, PingS: 25})
	f := p.expect(api.FrameAttach)
	p.heads(heads...)
	return f.Cursor
}

func (p *peer) heads(heads ...api.Head) {
	p.write(api.ServerFrame{Kind: api.FrameHeads, Heads: heads},
		api.ServerFrame{Kind: api.FrameHeadsEnd, Cursor: "c"}, api.ServerFrame{Kind: api.FrameLive})
}

// stay reads until the client leaves.
func (p *peer) stay() {
	for {
		if _, ok := p.read(); !ok {
			return
		}
	}
}

func (p *peer) close(code api.CloseCode) { _ = p.ws.Close(websocket.StatusCode(code), "") }

// answer answers the next pull with what it asks for.
func (p *peer) answer(after, to int64) {
	f := p.expect(api.FramePull)
	if f.After != after || f.To != to {
		p.t.Errorf("pulled %d to %d, not %d to %d", f.After, f.To, after, to)
	}
	page := api.Page{Conversation: f.Conversation, Next: f.To}
	for seq := f.After + 1; seq <= f.To; seq++ {
		page.Entries = append(page.Entries, entry(seq))
	}
	p.write(api.ServerFrame{Kind: api.FrameEntries, Ref: f.Ref, Page: &page})
}

func (p *peer) entry(e api.Entry) { p.write(api.ServerFrame{Kind: api.FrameEntry, Event: &e}) }

var (
	room = api.ConversationID{7}
	me   = api.MemberID{1}
)

func entry(seq int64) api.Entry {
	return api.Entry{Conversation: room, Seq: seq, Ord: seq, Kind: api.EntryMessage, Sender: api.MemberID{2}, Body: jsontext.Value(`{"text":"x"}`)}
}

func head(last int64) api.Head {
	return api.Head{Conversation: room, LastSeq: last, LastOrd: last, Me: me, Membership: api.Present}
}

// watcher runs a stream and collects what it tells.
type watcher struct {
	*stream.Stream
	t      *testing.T
	events chan stream.Event
	ended  chan error
	stop   context.CancelFunc
}

func watch(t *testing.T, c *client.Client, cfg stream.Config) *watcher {
	w := &watcher{t: t, events: make(chan stream.Event, 10_000), ended: make(chan error, 1)}
	cfg.Handle = func(e stream.Event) { w.events <- e }
	w.Stream = stream.New(c, cfg)
	ctx, stop := context.WithCancel(t.Context())
	w.stop = stop
	go func() { w.ended <- w.Run(ctx) }()
	return w
}

// end stops the stream, which must end well, and returns what it told and nobody took.
func (w *watcher) end() (rest []stream.Event) {
	w.t.Helper()
	w.stop()
	if err := <-w.ended; err != nil {
		w.t.Errorf("the stream ended with %v", err)
	}
	close(w.events)
	for e := range w.events {
		rest = append(rest, e)
	}
	return rest
}

// next waits for the next event of type E, passing over others.
func next[E stream.Event](w *watcher) E {
	w.t.Helper()
	late := time.After(time.Hour)
	for {
		select {
		case e := <-w.events:
			if e, ok := e.(E); ok {
				return e
			}
		case err := <-w.ended:
			w.t.Fatalf("the stream ended with %v", err)
		case <-late:
			var e E
			w.t.Fatalf("no %T came", e)
		}
	}
}

func (w *watcher) arrives(seqs ...int64) {
	w.t.Helper()
	for _, seq := range seqs {
		if got := next[stream.Arrived](w).Entry.Seq; got != seq {
			w.t.Fatalf("seq %d arrived, not %d", got, seq)
		}
	}
}

func fromStart(api.Head, bool) (int64, bool) { return 0, true }
