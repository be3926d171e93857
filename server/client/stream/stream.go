// Package stream keeps a person's WebSocket connected.
//
// A Stream hands entries on once and in order, whatever is lost on the way
// (package inbox), and sends actions until they have an outcome (package outbox).
// It owns when to come back (promises, rule 12) and which marks the server has
// not shown yet. Its methods may be called concurrently; New starts nothing, Run
// ends when all it started has ended.
package stream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/inbox"
	"github.com/chatctl/chatctl/server/client/internal/call"
	"github.com/chatctl/chatctl/server/client/outbox"
)

// ErrExpired says that an action other than a send was not settled for six days.
var ErrExpired = errors.New("not done within six days, and not tried any more")

// Config says what a Stream is for.
type Config struct {
	// Outbox keeps the actions of Send; nil: one in memory. Who opened it closes it.
	Outbox *outbox.Outbox
	// Follow decides, once for each conversation, whether all its entries are
	// wanted, and after which seq. appeared is true for one that came up after the
	// first heads: its reader was added, or it has its first message. nil, or false:
	// entries are told as they come, and where one is lost the head tells.
	Follow func(h api.Head, appeared bool) (after int64, follow bool)
	// Handle takes the events, one at a time, in order, in Run's goroutine. It must
	// not wait long: while it does, nothing is read.
	Handle func(Event)
	// Received tells senders that what arrives here was received (promise A4).
	Received bool
	// Ping is how often the way to the server and back is measured while no action
	// measures it: Lag tells, and so does Accepted. 0: never.
	Ping time.Duration
	Log  *slog.Logger // nil: none
}

// Stream keeps one connection of a session and puts in order what comes. Its
// methods may be called concurrently, from Handle too, before and during Run.
type Stream struct {
	c      *client.Client
	caller call.Caller
	cfg    Config
	out    *outbox.Outbox

	wake chan struct{}
	mu   sync.Mutex
	todo []func(now time.Time)

	// Run's goroutine only:
	in       *inbox.Inbox
	marks    marks
	hints    hints
	state    State
	hurry    bool   // the next connection is wanted soon
	attached bool   // the heads of this epoch have come once
	cursor   string // of the last heads_end
	version  inbox.Version
	backoff  call.Backoff
}

// New returns a stream of c's session; Run connects it.
func New(c *client.Client, cfg Config) *Stream {
	s := &Stream{c: c, caller: c.Caller(), cfg: cfg, out: cfg.Outbox, in: inbox.New(), wake: make(chan struct{}, 1)}
	if s.out == nil {
		s.out = outbox.Memory()
	}
	s.cfg.Received = cfg.Received && !s.caller.ReadOnly
	if s.cfg.Log == nil {
		s.cfg.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

// Send keeps a in the outbox and sends it as soon as the stream is live, again
// and again until it has an outcome, which Settled tells. A zero a.ID becomes a
// new one. The error says that it was not kept: a *api.Problem when a is not valid,
// client.ErrReadOnly when the client is.
func (s *Stream) Send(a api.Action) (api.ActionID, error) {
	if s.caller.ReadOnly {
		return a.ID, client.ErrReadOnly
	}
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	if err := a.Check(); err != nil {
		return a.ID, err
	}
	if err := s.out.Add(a, time.Now()); err != nil {
		return a.ID, err
	}
	s.poke()
	return a.ID, nil
}

// Mark says how far the reader has received and read a conversation. It is told
// to the server, at most once a second, until a head shows it. A client that is
// read-only marks nothing.
func (s *Stream) Mark(c api.ConversationID, received, read int64) {
	if s.caller.ReadOnly {
		return
	}
	s.post(func(time.Time) {
		s.marks.want(c, received, read)
		s.in.Mark(c, received, read)
		s.tellHead(c)
	})
}

// Follow asks for every entry of a known conversation after seq after, from now
// on until Unfollow or Reset.
func (s *Stream) Follow(c api.ConversationID, after int64) {
	s.post(func(now time.Time) { s.in.Follow(c, after, now) })
}

// Unfollow takes that back.
func (s *Stream) Unfollow(c api.ConversationID) {
	s.post(func(time.Time) { s.in.Unfollow(c) })
}

// Open names the conversation that a person looks at; what is missing there comes first.
func (s *Stream) Open(c api.ConversationID) {
	s.post(func(time.Time) { s.in.Open(c) })
}

// Hurry has the wait before the next connection end soon, because somebody
// asked. It never ends before the server's own word on when to come back.
func (s *Stream) Hurry() {
	s.post(func(time.Time) { s.hurry = true })
}

// Run connects, again and again, until ctx ends; then it returns nil, and all
// that it started has ended. It returns an error when coming back would be no
// use: a *api.Problem (code signed_out: sign in again) or a *ClosedError. It may
// be called again after that, where something has changed.
func (s *Stream) Run(ctx context.Context) error {
	for {
		s.expire(time.Now())
		s.tellState(State{Phase: Connecting})
		end := s.connection(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if end.final {
			s.tellState(State{Phase: Offline, Err: end.err})
			return end.err
		}
		if end.lived >= settledAfter {
			s.backoff.Reset()
		}
		pause := s.pause(end)
		s.cfg.Log.DebugContext(ctx, "stream lost", "err", end.err, "wait", pause)
		if !s.rest(ctx, pause, max(end.instead, end.atLeast), end.err) {
			return nil
		}
	}
}

// pause is how long to wait after a connection's end (promises, rule 12).
func (s *Stream) pause(end ending) time.Duration {
	switch {
	case end.instead > 0:
		return end.instead
	case end.atLeast > 0:
		return s.backoff.After(end.atLeast)
	}
	return s.backoff.Next()
}

func (s *Stream) expire(now time.Time) {
	for _, a := range s.out.Expire(now) {
		s.tell(Failed{a, ErrExpired})
	}
}

// settledAfter is how long a connection must have been live for the back-off to start anew.
const settledAfter = 10 * time.Second

// hurried is the shortest wait that Hurry makes: who holds the key down must
// not flood a server that is in trouble.
const hurried = time.Second

// rest waits between two connections, doing what is posted, and not shorter
// than least for anybody's hurry; false when ctx ended.
func (s *Stream) rest(ctx context.Context, d, least time.Duration, why error) bool {
	began := time.Now()
	t := time.NewTimer(d)
	defer t.Stop()
	s.hurry = false
	s.tellState(State{Phase: Offline, Retry: began.Add(d), Err: why})
	for {
		if sooner := max(least, hurried); s.hurry && sooner < d {
			d = sooner
			t.Reset(time.Until(began.Add(d)))
			s.tellState(State{Phase: Offline, Retry: began.Add(d), Err: why})
		}
		s.hurry = false
		select {
		case <-ctx.Done():
			return false
		case <-t.C:
			return true
		case <-s.wake:
			s.doPosted(time.Now())
		}
	}
}

// post has f done in Run's goroutine.
func (s *Stream) post(f func(now time.Time)) {
	s.mu.Lock()
	s.todo = append(s.todo, f)
	s.mu.Unlock()
	s.poke()
}

func (s *Stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Stream) doPosted(now time.Time) {
	s.mu.Lock()
	todo := s.todo
	s.todo = nil
	s.mu.Unlock()
	for _, f := range todo {
		f(now)
	}
}

func (s *Stream) tell(e Event) {
	if s.cfg.Handle != nil {
		s.cfg.Handle(e)
	}
}

func (s *Stream) tellState(st State) {
	was := s.state
	if st.Phase != was.Phase || st.Missing != was.Missing || !st.Retry.Equal(was.Retry) {
		s.state = st
		s.tell(st)
	}
}

func (s *Stream) tellHead(c api.ConversationID) {
	if h, ok := s.in.State(c); ok {
		s.tell(HeadMoved{h})
	}
}

// tellArrived hands entries on that have come in order.
func (s *Stream) tellArrived(es []api.Entry) {
	for _, e := range es {
		h, _ := s.in.State(e.Conversation)
		s.tell(Arrived{e, h})
	}
	if n := len(es); n > 0 {
		s.receive(es[n-1].Conversation)
	}
}

// receive marks as received what this device has, or knows that it can read (promise A4).
func (s *Stream) receive(c api.ConversationID) {
	h, ok := s.in.State(c)
	if s.cfg.Received && ok && h.Membership != api.Gone && h.LastSeq > h.ReceivedSeq {
		s.marks.want(c, h.LastSeq, 0)
		s.in.Mark(c, h.LastSeq, 0)
	}
}
