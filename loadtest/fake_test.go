package loadtest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/server/api"
	"github.com/coder/websocket"
)

// fault is what the fake server does to one delivery.
type fault byte

const (
	none   fault = iota
	unsent       // not pushed, but there when pulled
	lost         // not even there when pulled
	twice        // pushed two times
	behind       // pushed after the entry that follows it
)

// fake speaks the wire of a server, keeps everything in memory, and does what a
// test tells it to.
type fake struct {
	// deliver says what becomes of the n-th message (from 0) of a conversation for its r-th reader.
	deliver func(r, n int) fault
	// delay is how long that delivery waits.
	delay func(n int) time.Duration
	// refuse says whether the n-th message is refused.
	refuse func(n int) bool
	// stall is asked before each frame: how long the server stands still.
	stall func() time.Duration

	// attach is how long it tells where conversations stand; busy says who is sent away.
	attach time.Duration
	// resultFirst: that a message was accepted is told only after its result.
	resultFirst bool
	busy        func(token string) bool
	// removes: people can be taken away.
	removes    bool
	notRemoved error // why they cannot be

	url *url.URL

	mu        sync.Mutex
	mostHeads int              // that anybody was told
	removed   int              // people
	addresses []string         // that connections came from
	users     map[string]*user // by token
	handles   map[string]*user
	rooms     map[api.ConversationID]*room
}

type user struct {
	number int
	who    api.Credential
	out    chan push // nil: not connected
}

type push struct {
	at    time.Time
	frame api.ServerFrame
}

type room struct {
	members  []*user
	log      []api.Entry
	messages int
	gone     map[*user]map[int64]bool
	waits    map[*user]*api.Entry
}

func newFake() *fake {
	return &fake{
		deliver: func(int, int) fault { return none },
		delay:   func(int) time.Duration { return 0 },
		refuse:  func(int) bool { return false },
		stall:   func() time.Duration { return 0 },
		busy:    func(string) bool { return false },
		users:   map[string]*user{}, handles: map[string]*user{}, rooms: map[api.ConversationID]*room{},
	}
}

func (f *fake) target() loadtest.Target {
	t := loadtest.Target{URL: f.url, People: f.people}
	if f.removes {
		t.Remove = func(_ context.Context, people []api.Credential) error {
			f.removed += len(people)
			return f.notRemoved
		}
	}
	return t
}

func (f *fake) people(_ context.Context, n int) (all []api.Credential, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		i := len(f.users)
		u := &user{number: i, who: api.Credential{Handle: fmt.Sprintf("lt-%d", i), User: api.NewUserID(), Token: fmt.Sprintf("token-%d", i)}}
		f.users[u.who.Token], f.handles[u.who.Handle] = u, u
		all = append(all, u.who)
	}
	return all, nil
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	u := f.users[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	f.addresses = append(f.addresses, r.RemoteAddr)
	f.mu.Unlock()
	if u != nil && f.busy(u.who.Token) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	if u == nil {
		http.Error(w, "signed_out", http.StatusUnauthorized)
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chatctl.v1"}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := make(chan push, 100_000)
	go write(ctx, ws, out)
	f.mu.Lock()
	u.out = out
	f.mu.Unlock()
	u.push(0, api.ServerFrame{Kind: api.FrameHello, PingS: 25})
	for {
		_, b, err := ws.Read(ctx)
		if err != nil {
			return
		}
		frame, err := api.Decode[api.ClientFrame](b)
		if err == nil {
			err = frame.Check()
		}
		if err != nil {
			u.push(0, api.ServerFrame{Kind: api.FrameProblem, Problem: api.Invalid("", "%v", err)})
			continue
		}
		exact(ctx, time.Now().Add(f.stall()))
		f.mu.Lock()
		f.handle(u, frame)
		f.mu.Unlock()
	}
}

func write(ctx context.Context, ws *websocket.Conn, out <-chan push) {
	for {
		select {
		case p := <-out:
			exact(ctx, p.at) // the delay that a test asked for
			if ws.Write(ctx, websocket.MessageText, api.Encode(p.frame)) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (u *user) push(delay time.Duration, frame api.ServerFrame) {
	if u.out != nil {
		u.out <- push{time.Now().Add(delay), frame}
	}
}

func (f *fake) handle(u *user, frame api.ClientFrame) {
	switch frame.Kind {
	case api.FrameAttach:
		heads := f.heads(u)
		f.mostHeads = max(f.mostHeads, len(heads))
		u.push(f.attach, api.ServerFrame{Kind: api.FrameHeadsEnd, Heads: heads, Cursor: "none"})
		u.push(0, api.ServerFrame{Kind: api.FrameLive})
	case api.FramePull:
		f.pull(u, frame)
	case api.FrameAction:
		a := frame.Action
		accepted := api.ServerFrame{Kind: api.FrameAccepted, Ref: frame.Ref, Action: a.ID}
		if !f.resultFirst {
			u.push(0, accepted)
		}
		u.push(0, api.ServerFrame{Kind: api.FrameResult, Result: f.act(u, *a)})
		if f.resultFirst {
			u.push(0, accepted)
		}
	}
}

func (f *fake) heads(u *user) (heads []api.Head) {
	for id, r := range f.rooms {
		for _, m := range r.members {
			if m == u {
				heads = append(heads, api.Head{Conversation: id, LastSeq: int64(len(r.log))})
			}
		}
	}
	return heads
}

func (f *fake) pull(u *user, frame api.ClientFrame) {
	r := f.rooms[frame.Conversation]
	page := &api.Page{Conversation: frame.Conversation, Next: frame.After}
	for _, e := range r.log[frame.After:] {
		if len(page.Entries) == 10 {
			page.More = true
			break
		}
		page.Next = e.Seq
		if !r.gone[u][e.Seq] {
			page.Entries = append(page.Entries, e)
		}
	}
	u.push(0, api.ServerFrame{Kind: api.FrameEntries, Page: page})
}

func (f *fake) act(u *user, a api.Action) *api.Result {
	res := &api.Result{Action: a.ID, Conversation: a.Conversation}
	switch a.Type {
	case api.CreateGroup:
		res.Outcome, res.Conversation = api.GroupCreated, api.GroupConversation(u.who.User, a.ID)
		r := f.room(res.Conversation, u)
		for _, h := range a.Members {
			r.members = append(r.members, f.handles[h])
		}
		f.entry(r, res, api.EntryCreate, u, a)
	case api.AddMember:
		res.Outcome = api.MemberAdded
		r := f.rooms[a.Conversation]
		r.members = append(r.members, f.handles[a.To])
		f.entry(r, res, api.EntryMember, u, a)
	case api.SendMessage:
		res.Outcome = api.MessageSent
		if a.To != "" {
			res.Conversation = api.DirectConversation(u.who.User, f.handles[a.To].who.User)
			f.room(res.Conversation, u, f.handles[a.To])
		}
		f.entry(f.rooms[res.Conversation], res, api.EntryMessage, u, a)
	}
	return res
}

func (f *fake) room(id api.ConversationID, members ...*user) *room {
	if f.rooms[id] == nil {
		f.rooms[id] = &room{members: members, gone: map[*user]map[int64]bool{}, waits: map[*user]*api.Entry{}}
	}
	return f.rooms[id]
}

// entry appends to a conversation's log and pushes to its members, with the faults that the test wants.
func (f *fake) entry(r *room, res *api.Result, kind api.EntryKind, u *user, a api.Action) {
	measured := kind == api.EntryMessage && strings.HasPrefix(a.Text, "~t=")
	if measured && f.refuse(r.messages) {
		res.Outcome, res.Reason = api.Refused, api.ReasonUnavailable
		r.messages++
		return
	}
	res.Seq = int64(len(r.log) + 1)
	e := api.Entry{Conversation: res.Conversation, Seq: res.Seq, Ord: res.Seq, Kind: kind, Action: a.ID, Time: api.Now(), Body: api.Encode(api.MessageBody{Text: a.Text})}
	r.log = append(r.log, e)
	n := r.messages
	if measured {
		r.messages++
	}
	for i, m := range r.members {
		what := none
		if measured {
			what = f.deliver(i, n)
		}
		f.give(r, m, e, what, n)
	}
}

func (f *fake) give(r *room, m *user, e api.Entry, what fault, n int) {
	push := func(e api.Entry) { m.push(f.delay(n), api.ServerFrame{Kind: api.FrameEntry, Event: &e}) }
	switch what {
	case lost, unsent:
		if what == lost {
			if r.gone[m] == nil {
				r.gone[m] = map[int64]bool{}
			}
			r.gone[m][e.Seq] = true
		}
		return
	case behind:
		r.waits[m] = &e
		return
	case twice:
		push(e)
	}
	push(e)
	if late := r.waits[m]; late != nil {
		r.waits[m] = nil
		push(*late)
	}
}

// pipes is a network inside the process, for tests with a clock of their own.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
