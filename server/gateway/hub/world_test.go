package hub_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/bus/jetstream"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for what must come; it only ends tests that fail.
const patience = time.Minute

// log is the conversations of a test, as the store has them.
type log struct {
	mu      sync.Mutex
	entries map[api.ConversationID][]topic.Live
	fail    error
	asked   chan struct{} // gets a token, if there is room, for each read of entries
}

func newLog() *log {
	return &log{entries: map[api.ConversationID][]topic.Live{}, asked: make(chan struct{}, 1)}
}

// add commits one more entry and returns it as the live channel would bring it.
func (l *log) add(c api.ConversationID, changes ...topic.MemberChange) topic.Live {
	l.mu.Lock()
	defer l.mu.Unlock()
	seq := int64(len(l.entries[c]) + 1)
	e := topic.Live{Kind: topic.LiveEntry, Conversation: c, Seq: seq, Changes: changes, Frame: fmt.Appendf(nil, "%s %d", c, seq)}
	l.entries[c] = append(l.entries[c], e)
	return e
}

func (l *log) failWith(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = err
}

func (l *log) RoomEntries(_ context.Context, c api.ConversationID, after int64, limit int) ([]topic.Live, error) {
	select {
	case l.asked <- struct{}{}:
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	all := l.entries[c]
	if after >= int64(len(all)) {
		return nil, nil
	}
	return slices.Clone(all[after:min(int(after)+limit, len(all))]), nil
}

func (l *log) LastSeqs(_ context.Context, cs []api.ConversationID) (map[api.ConversationID]int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	m := map[api.ConversationID]int64{}
	for _, c := range cs {
		if n := len(l.entries[c]); n > 0 {
			m[c] = int64(n)
		}
	}
	return m, nil
}

// event is one call of hub.Events.
type event struct {
	what string
	conn *hub.Conn
	text string
	n    int64
}

// world is a hub behind a real server, with a live channel and a log.
type world struct {
	t      testing.TB
	hub    *hub.Hub
	live   *jetstream.Live
	log    *log
	id     api.GatewayID
	url    string
	events chan event
	conns  chan *hub.Conn
	frame  func(c *hub.Conn, payload []byte) // nil: an event
	stop   func()
}

func start(t testing.TB, change func(*hub.Config)) *world {
	w := &world{
		t: t, live: jetstream.NewLive(), log: newLog(), id: api.NewGatewayID(),
		events: make(chan event, 4096), conns: make(chan *hub.Conn, 16384),
	}
	cfg := hub.Config{Live: w.live, Gateway: w.id, Rooms: w.log, Events: w, Log: slog.New(slog.DiscardHandler)}
	cfg.Times = hub.Times{RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	w.hub = hub.New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.hub.Run(ctx) }()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(w.accept))
	if change == nil || cfg.SendBuffer != tlsMark {
		srv.Start()
	} else {
		srv.StartTLS()
	}
	w.url = srv.URL
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error("Run:", err)
		}
		srv.Close()
		if n := w.hub.Len(); n != 0 {
			t.Errorf("%d connections are left after Run", n)
		}
	})
	t.Cleanup(w.stop)
	if c := w.dialRaw(); c != nil { // Run has begun to listen
		c.Close()
		<-w.conns
		w.next("closed")
	}
	return w
}

// tlsMark as SendBuffer asks for a server with TLS.
const tlsMark = 64<<10 + 1

func (w *world) accept(rw http.ResponseWriter, r *http.Request) {
	open := w.hub.Accept
	if r.Header.Get("Accept") == "text/event-stream" {
		open = w.hub.Listen
	}
	c, err := open(rw, r, []string{"*.example.org"})
	var refused *hub.Refused
	if errors.As(err, &refused) {
		http.Error(rw, refused.Reason, refused.Status)
	}
	if err != nil {
		return
	}
	w.hub.Serve(c, nil)
	w.conns <- c
}

func (w *world) Frame(_ context.Context, c *hub.Conn, payload []byte) {
	if w.frame != nil {
		w.frame(c, payload)
		return
	}
	w.events <- event{what: "frame", conn: c, text: string(payload)}
}
func (w *world) Lagging(_ context.Context, c *hub.Conn) { w.events <- event{what: "lagging", conn: c} }
func (w *world) Joined(_ context.Context, c *hub.Conn, conv api.ConversationID, seq int64) {
	w.events <- event{what: "joined", conn: c, text: conv.String(), n: seq}
}
func (w *world) Standing(_ context.Context, user api.UserID, version int64) {
	w.events <- event{what: "standing", text: user.String(), n: version}
}
func (w *world) Waiting(attempt int64, frame []byte) {
	w.events <- event{what: "waiting", text: string(frame), n: attempt}
}
func (w *world) Conflict(attempt int64)          { w.events <- event{what: "conflict", n: attempt} }
func (w *world) Asked(api.UserID, api.GatewayID) {}
func (w *world) Present(api.UserID)              {}
func (w *world) Closed(c *hub.Conn) {
	select {
	case w.events <- event{what: "closed", conn: c}:
	default: // nobody looks
	}
}

// next is the next event but closings, unless one is awaited.
func (w *world) next(what string) event {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-w.events:
			if e.what == what {
				return e
			}
			if e.what != "closed" {
				w.t.Fatalf("event %+v, want %s", e, what)
			}
		case <-deadline:
			w.t.Fatalf("no event %s", what)
		}
	}
}

// until polls, with a deadline.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			w.t.Fatal("not in time: " + what)
		}
	}
}

// send puts items on the live channel, under the keys that they belong to.
func (w *world) send(ls ...topic.Live) {
	items := make([]bus.Item, len(ls))
	for i := range ls {
		key := bus.Key{Kind: bus.Conversation, ID: ls[i].Conversation}
		switch ls[i].Kind {
		case topic.LiveResult, topic.LiveJoined, topic.LivePerson, topic.LiveStanding:
			key = bus.Key{Kind: bus.Person, ID: ls[i].Person}
		case topic.LiveConflict:
			key = bus.Key{Kind: bus.Gateway, ID: w.id}
		}
		if ls[i].Attempt != 0 {
			key = bus.Key{Kind: bus.Gateway, ID: w.id}
		}
		items[i] = bus.Item{Key: key, Value: ls[i].Append(nil)}
	}
	w.live.Send(items)
}

// say commits an entry and sends it.
func (w *world) say(c api.ConversationID, changes ...topic.MemberChange) topic.Live {
	e := w.log.add(c, changes...)
	w.send(e)
	return e
}

// peer is a client with the server's side of its connection.
type peer struct {
	t    testing.TB
	ws   *websocket.Conn
	conn *hub.Conn
	user api.UserID
}

func (w *world) dial() *peer {
	w.t.Helper()
	ws, _, err := websocket.Dial(w.t.Context(), w.url, &websocket.DialOptions{Subprotocols: []string{hub.Subprotocol}, HTTPClient: insecure()})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { ws.CloseNow() })
	ws.SetReadLimit(-1)
	return &peer{t: w.t, ws: ws, conn: <-w.conns}
}

// person dials and signs in.
func (w *world) person(user api.UserID) *peer {
	p := w.dial()
	p.user = user
	p.conn.SignIn(user, api.NewSessionID())
	return p
}

// member is a person who is live in the rooms.
func (w *world) member(rooms ...api.ConversationID) *peer {
	w.t.Helper()
	p := w.person(api.NewUserID())
	p.join(rooms...)
	p.conn.GoLive(nil)
	return p
}

func (p *peer) join(rooms ...api.ConversationID) {
	p.t.Helper()
	for _, c := range rooms {
		if _, err := p.conn.Join(p.t.Context(), c); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *peer) read() (string, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	_, b, err := p.ws.Read(ctx)
	return string(b), err
}

// hears fails unless the next frames are these.
func (p *peer) hears(frames ...string) {
	p.t.Helper()
	for _, want := range frames {
		got, err := p.read()
		if err != nil {
			p.t.Fatalf("reading, want %q: %v", want, err)
		}
		if got != want {
			p.t.Fatalf("got %.80q, want %q", got, want)
		}
	}
}

// hearsNothing: a frame that is sent now is the next.
func (p *peer) hearsNothing() {
	p.t.Helper()
	p.conn.Send([]byte("nothing before"))
	p.hears("nothing before")
}

// isClosed fails unless the peer sees the close code.
func (p *peer) isClosed(code api.CloseCode) {
	p.t.Helper()
	for {
		_, err := p.read()
		if err == nil {
			continue
		}
		if got := websocket.CloseStatus(err); int(got) != int(code) {
			p.t.Fatalf("closed with %d, want %d: %v", got, code, err)
		}
		return
	}
}

func frames(es ...topic.Live) (out []string) {
	for _, e := range es {
		out = append(out, string(e.Frame))
	}
	return out
}

func removed(u api.UserID) topic.MemberChange { return topic.MemberChange{Person: u} }
func added(u api.UserID) topic.MemberChange   { return topic.MemberChange{Person: u, Joined: true} }

// readFrame reads one server frame off a raw connection.
func readFrame(r io.Reader) (op byte, payload []byte, err error) {
	var h [10]byte
	if _, err := io.ReadFull(r, h[:2]); err != nil {
		return 0, nil, err
	}
	n := uint64(h[1])
	switch n {
	case 126:
		_, err = io.ReadFull(r, h[:2])
		n = uint64(binary.BigEndian.Uint16(h[:]))
	case 127:
		_, err = io.ReadFull(r, h[:8])
		n = binary.BigEndian.Uint64(h[:])
	}
	if err != nil {
		return 0, nil, err
	}
	if n > 1<<20 {
		return 0, nil, errors.New("garbled")
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return h[0] & 15, payload, err
}
