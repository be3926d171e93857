package chat_test

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/store"
)

// tape is a live channel that keeps what was sent.
type tape struct {
	mu    sync.Mutex
	items []bus.Item
	sent  chan struct{} // gets one when something came; nil: nobody waits
}

func (t *tape) Send(items []bus.Item) {
	t.mu.Lock()
	t.items = append(t.items, items...)
	t.mu.Unlock()
	if t.sent != nil {
		t.sent <- struct{}{}
	}
}

func (t *tape) Listen(bus.Receiver) bus.Interest { return nil }

// told is one live item with the key it was sent under.
type told struct {
	topic.Live
	key bus.Key
}

// take empties the tape.
func (t *tape) take(tb testing.TB) (all []told) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, i := range t.items {
		l, err := topic.DecodeLive(i.Value)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, told{l, i.Key})
	}
	t.items = nil
	return all
}

// world is a chat service on a real database, with what a gateway and the log do.
type world struct {
	testing.TB
	ctx      context.Context
	path     string
	db       store.DB
	chat     *chat.Service
	live     *tape
	actions  bus.Consumer
	accounts bus.Consumer
	faults   chat.Faults
	window   time.Duration // of edits; 0: as usual
	most     int64         // members of a group; 0: as usual
	pos      int64         // of actions.chat
	accPos   int64
	clock    atomic.Int64 // nanoseconds since 1970
	last     []bus.Record // the latest batch
}

const logID = "log"

func newWorld(tb testing.TB, faults chat.Faults) *world {
	w := &world{TB: tb, ctx: context.WithoutCancel(tb.Context()), path: filepath.Join(tb.TempDir(), "chat.db"), live: &tape{},
		faults: faults}
	w.clock.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	w.open()
	tb.Cleanup(func() { w.check(w.db.Close()) })
	return w
}

func (w *world) now() time.Time { return time.Unix(0, w.clock.Load()) }

// pass sets the wall clock on, or back.
func (w *world) pass(d time.Duration) { w.clock.Add(int64(d)) }

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) open() {
	db, err := store.OpenSQLite(w.ctx, w.path, store.SQLiteOptions{})
	w.check(err)
	w.db = db
	w.serve(db)
}

// serve starts a service on db, as after a restart.
func (w *world) serve(db store.DB) {
	w.Helper()
	w.chat = chat.New(chat.Config{DB: db, Live: w.live, Now: w.now, EditWindow: w.window, MaxGroup: w.most, Faults: w.faults})
	w.check(w.chat.Migrate(w.ctx))
	w.actions, w.accounts = w.chat.Actions(), w.chat.Accounts()
	_, pos, err := w.actions.Take(w.ctx, 0, logID)
	w.check(err)
	w.pos = pos
	_, w.accPos, err = w.accounts.Take(w.ctx, 0, logID)
	w.check(err)
}

// person is somebody with an account and one session.
type person struct {
	*world
	id      api.UserID
	session api.SessionID
	handle  string
	version int64
}

func (w *world) person(handle string) *person {
	w.Helper()
	p := &person{world: w, id: api.NewUserID(), session: api.NewSessionID(), handle: handle}
	p.standing(topic.Standing{})
	return p
}

// standing tells chat the person's standing, with the next version.
func (p *person) standing(s topic.Standing) {
	p.Helper()
	p.version++
	s.User, s.Version, s.Handle = p.id, p.version, p.handle
	b := bus.Batch{LogID: logID, Records: []bus.Record{{Value: s.Encode()}}, Expected: p.accPos, Pos: p.accPos + 1, Number: p.accPos + 1}
	p.accPos++
	p.check(p.accounts.Apply(p.ctx, b))
}

// ask makes the envelope of an action, as the gateway does.
func (p *person) ask(a api.Action, peers ...*person) *topic.Envelope {
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	e := &topic.Envelope{Action: &a, Sender: p.id, Session: p.session, Since: p.version, ReplyTo: gateway, Attempt: 7, Wait: true}
	for _, q := range peers {
		e.Peer = q.id
		e.People = append(e.People, q.id)
	}
	switch a.Type {
	case api.SendMessage, api.SetBlock, api.ClearBlock:
		if a.Conversation.IsZero() {
			a.Conversation = api.DirectConversation(p.id, e.Peer)
		}
	case api.CreateGroup:
		a.Conversation = api.GroupConversation(p.id, a.ID)
	}
	e.Hash = a.Hash()
	return e
}

var gateway = api.NewGatewayID()

func (p *person) message(to *person, text string) *topic.Envelope {
	return p.ask(api.Action{Type: api.SendMessage, Text: text}, to)
}

func (p *person) post(c api.ConversationID, text string) *topic.Envelope {
	return p.ask(api.Action{Type: api.SendMessage, Conversation: c, Text: text})
}

func (p *person) block(q *person) *topic.Envelope {
	return p.ask(api.Action{Type: api.SetBlock}, q)
}

func (p *person) unblock(q *person) *topic.Envelope {
	return p.ask(api.Action{Type: api.ClearBlock}, q)
}

func records(es ...*topic.Envelope) (rs []bus.Record) {
	for _, e := range es {
		rs = append(rs, bus.Record{Key: e.Conversation(), Value: e.Encode()})
	}
	return rs
}

// batch is the next stored message.
func (w *world) batch(rs []bus.Record) bus.Batch {
	return bus.Batch{LogID: logID, Records: rs, Expected: w.pos, Pos: w.pos + 1, Published: w.pos, Number: w.pos + 1}
}

// decide puts envelopes on the log and has them decided.
func (w *world) decide(es ...*topic.Envelope) []told {
	w.Helper()
	w.live.take(w)
	w.last = records(es...)
	w.check(w.actions.Apply(w.ctx, w.batch(w.last)))
	w.pos++
	return w.live.take(w)
}

// result is what the gateway's waiting request got.
func (w *world) result(ts []told) api.Result {
	w.Helper()
	rs := w.results(ts)
	if len(rs) != 1 {
		w.Fatalf("%d results instead of one", len(rs))
	}
	return rs[0]
}

func (w *world) results(ts []told) (rs []api.Result) {
	w.Helper()
	for _, t := range ts {
		if t.Kind == topic.LiveResult && t.key.Kind == bus.Gateway {
			rs = append(rs, *w.frame(t).Result)
		}
	}
	return rs
}

func (w *world) frame(t told) api.ServerFrame {
	w.Helper()
	f, err := api.Decode[api.ServerFrame](t.Frame)
	w.check(err)
	return f
}

// is decides one envelope and expects an outcome.
func (w *world) is(e *topic.Envelope, want api.Outcome) api.Result {
	w.Helper()
	r := w.result(w.decide(e))
	if r.Outcome != want || r.Action != e.Action.ID {
		w.Fatalf("%s: got %+v, not %s", e.Action.Type, r, want)
	}
	return r
}

// refused decides one envelope and expects a refusal.
func (w *world) refused(e *topic.Envelope, want api.Reason) {
	w.Helper()
	if r := w.is(e, api.Refused); r.Reason != want {
		w.Fatalf("%s: refused as %q, not %q", e.Action.Type, r.Reason, want)
	}
}

// group makes a group of p and others.
func (p *person) group(others ...*person) api.ConversationID {
	p.Helper()
	return p.is(p.ask(api.Action{Type: api.CreateGroup, Name: "ops"}, others...), api.GroupCreated).Conversation
}

func (p *person) head(c api.ConversationID) api.Head {
	p.Helper()
	h, err := p.chat.Head(p.ctx, p.id, c)
	p.check(err)
	return h
}

// texts are the messages that p can read.
func (p *person) texts(c api.ConversationID) (texts []string) {
	p.Helper()
	page, err := p.chat.Entries(p.ctx, p.id, c, 0, 0, 100)
	p.check(err)
	for _, e := range page.Entries {
		if e.Kind == api.EntryMessage {
			m, err := api.Decode[api.MessageBody](e.Body)
			p.check(err)
			texts = append(texts, m.Text)
		}
	}
	return texts
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, not %v", what, got, want)
	}
}

// only keeps the items of one kind.
func only(ts []told, kind topic.LiveKind) (some []told) {
	for _, t := range ts {
		if t.Kind == kind {
			some = append(some, t)
		}
	}
	return some
}
