package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// Limits of one stream.
const (
	signInTime     = 5 * time.Second
	mostPerUser    = 100     // streams of one account
	mostStrangers  = 1000    // streams that have not signed in
	mostHandshakes = 256     // upgrades at one moment
	mostUnsent     = 128     // actions of one stream that wait for the log; then its frames wait
	attemptShift   = 20      // an attempt is the stream's number and, below, the action's place in it
	firstRequest   = 1 << 52 // attempts of HTTP requests are numbered from here
	refsKept       = 256     // the latest attempts whose ref is known, for conflicts
)

// stream is the gateway's own state of one WebSocket. It stays small: most are idle.
type stream struct {
	conn   *hub.Conn
	number int64
	limit  limit.Key // what its frames count against

	// Only the reading goroutine.
	principal account.Principal
	signedIn  func() // leaves the gate of those who have not signed in; nil: left

	mu       sync.Mutex
	wait     []pending // actions that wait for the log
	busy     bool      // one goroutine publishes them
	room     chan struct{}
	attempts int64
	refs     []attempt

	live      bool
	attaching bool
	again     bool // attach once more after the one under way
	joined    []api.ConversationID
	version   int64 // of the person, as last told
}

type pending struct {
	ref string
	env *topic.Envelope
}

type attempt struct {
	number int64
	ref    string
	action api.ActionID
}

// stream upgrades a request to the event stream (GET /v1/stream).
func (g *Gateway) stream(w http.ResponseWriter, r *request) error {
	s := &stream{limit: limit.Address(r.addr), principal: r.principal}
	if p := r.principal; !p.Exempt && !p.User.IsZero() && len(g.hub.Person(p.User)) >= mostPerUser {
		return api.NewProblem("too_many", "an account has at most %d streams", mostPerUser).Later(5)
	}
	if !slices.Contains(headerTokens(r.Header, "Sec-Websocket-Protocol"), hub.Subprotocol) {
		return api.NewProblem("upgrade_required", "ask for Sec-WebSocket-Protocol: %s", hub.Subprotocol)
	}
	if s.principal.User.IsZero() {
		leave, ok := g.strangers.enter()
		if !ok {
			return api.NewProblem("too_many", "too many streams wait for a sign-in: send the token with the upgrade").Later(5)
		}
		s.signedIn = leave
	}
	c, err := g.hub.Accept(w, r.Request, g.Origins)
	if err != nil {
		s.settle()
		return nil // the library has answered
	}
	s.conn = c
	c.SetData(s)
	g.mu.Lock()
	g.next++
	s.number = g.next
	g.streams[s.number] = s
	g.mu.Unlock()
	c.Send(api.Encode(&api.ServerFrame{
		Kind: api.FrameHello, Epoch: g.epoch, PingS: int(api.PingEvery.Seconds()),
		Features: []string{"attach", "action", "pull", "mark"},
		Limits:   &api.Limits{Text: api.MaxText, Frame: api.MaxFrame, Pull: api.EntriesPage},
	}))
	if s.principal.User.IsZero() {
		g.expectSignIn(s)
	} else {
		g.signInStream(s)
	}
	g.hub.Serve(c)
	return nil
}

// expectSignIn ends a stream that has not signed in after signInTime.
func (g *Gateway) expectSignIn(s *stream) {
	time.AfterFunc(signInTime, func() {
		if s.conn.User().IsZero() {
			s.conn.Close(api.CloseAuthTimeout, "no sign-in within 5 s")
		}
	})
}

// settle leaves the gate of those who have not signed in, once.
func (s *stream) settle() {
	if s.signedIn != nil {
		s.signedIn()
		s.signedIn = nil
	}
}

func (g *Gateway) signInStream(s *stream) {
	s.settle()
	p := s.principal
	s.limit = userKey(p)
	s.conn.SignIn(p.User, p.Session)
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameSignedIn, User: p.User, Session: p.Session, Handle: p.Handle}))
}

// frame handles one frame of a client, on the stream's reading goroutine.
func (g *Gateway) frame(ctx context.Context, s *stream, payload []byte) {
	if _, ok := g.Limits.Allow(limit.Frame, s.limit); !ok {
		s.conn.Close(api.CloseTooMany, "too many frames")
		return
	}
	f, err := api.Decode[api.ClientFrame](payload)
	if err == nil {
		err = f.Check()
	}
	if err == nil {
		err = g.handleFrame(ctx, s, &f)
	}
	if err != nil {
		var id api.ActionID
		if f.Action != nil {
			id = f.Action.ID
		}
		g.frameProblem(s, f.Ref, id, err)
	}
}

func (g *Gateway) handleFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if f.Kind == api.FramePing {
		s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FramePong, Ref: f.Ref}))
		return nil
	}
	if s.principal.User.IsZero() {
		return g.authenticateFrame(ctx, s, f)
	}
	switch f.Kind {
	case api.FrameAttach:
		g.startAttach(ctx, s)
		return nil
	case api.FrameAction:
		return g.actionFrame(ctx, s, f)
	case api.FramePull:
		return g.pull(ctx, s, f)
	case api.FrameMark:
		if err := g.Limits.Check(limit.Mark, s.limit); err != nil {
			return err
		}
		g.marks.set(s.principal.User, f.Conversation, f.Received, f.Read) // one that is not taken shows in no head: the client repeats it
		return nil
	}
	return api.Invalid("/kind", "%s: the stream is signed in already", f.Kind)
}

func (g *Gateway) authenticateFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if f.Kind != api.FrameAuthenticate {
		return api.NewProblem("signed_out", "send authenticate with a ticket first")
	}
	p, err := g.Accounts.Redeem(ctx, f.Ticket)
	if err != nil || p.Suspended {
		s.conn.Close(api.CloseSignIn, "the ticket is not valid")
		return nil
	}
	s.principal = p
	g.signInStream(s)
	return nil
}

// actionFrame queues an action for the log. It waits when too many wait already,
// which holds back this client only.
func (g *Gateway) actionFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	p := s.principal
	if err := g.Limits.Check(limit.Send, s.limit); err != nil {
		return err
	}
	e, err := g.envelope(ctx, p, f.Action)
	if err != nil {
		return err
	}
	if err := g.spend(ctx, p, e); err != nil {
		return err
	}
	if !s.makeRoom(g.stopping) {
		return api.NewProblem("starting", "connect again").Later(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts++
	e.Attempt = s.number<<attemptShift | s.attempts%(1<<attemptShift)
	s.refs = append(s.refs, attempt{e.Attempt, f.Ref, f.Action.ID})
	if len(s.refs) > refsKept {
		s.refs = slices.Delete(s.refs, 0, refsKept/2)
	}
	s.wait = append(s.wait, pending{f.Ref, e})
	if !s.busy {
		s.busy = true
		g.background.Go(func() { g.publishStream(ctx, s) })
	}
	return nil
}

// makeRoom waits until fewer than mostUnsent actions wait.
func (s *stream) makeRoom(stop <-chan struct{}) bool {
	for {
		s.mu.Lock()
		if len(s.wait) < mostUnsent {
			s.mu.Unlock()
			return true
		}
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-stop:
			return false
		}
	}
}

// publishStream publishes all that waits, in order, until nothing does.
func (g *Gateway) publishStream(ctx context.Context, s *stream) {
	for {
		s.mu.Lock()
		batch := s.wait
		s.wait = nil
		if s.room != nil {
			close(s.room)
			s.room = nil
		}
		if len(batch) == 0 {
			s.busy = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		es := make([]*topic.Envelope, len(batch))
		for i, b := range batch {
			es[i] = b.env
		}
		err := g.publish(ctx, es...)
		for _, b := range batch {
			if err != nil {
				g.frameProblem(s, b.ref, b.env.Action.ID, err)
				continue
			}
			s.conn.Send(acceptedFrame(b.ref, b.env.Action.ID))
		}
	}
}

// acceptedFrame is built by hand: one goes out for every action.
func acceptedFrame(ref string, id api.ActionID) []byte {
	if ref != "" {
		return api.Encode(&api.ServerFrame{Kind: api.FrameAccepted, Ref: ref, Action: id})
	}
	b := append(make([]byte, 0, 80), `{"kind":"accepted","action":"`...)
	text, _ := id.MarshalText() // never fails
	return append(append(b, text...), `"}`...)
}

// frameProblem answers a frame that cannot be accepted.
func (g *Gateway) frameProblem(s *stream, ref string, id api.ActionID, err error) {
	var p *api.Problem
	if !errors.As(err, &p) {
		g.Log.Error("frame not answered", "err", err)
		p = api.NewProblem("unavailable", "try again").Later(1)
	}
	one := *p
	one.Action = id
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameProblem, Ref: ref, Problem: &one}))
}

// pull answers with a page of entries; one at a time a connection, since frames are handled in order.
func (g *Gateway) pull(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if err := g.Limits.Check(limit.Read, s.limit); err != nil {
		return err
	}
	page, err := g.Reader.Entries(ctx, s.principal.User, f.Conversation, f.After, f.To, api.EntriesPage)
	if err != nil {
		return err
	}
	if err := s.conn.Flushed(ctx); err != nil {
		return nil // the connection ended
	}
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameEntries, Ref: f.Ref, Page: &page}))
	return nil
}

// headerTokens splits the comma-separated values of a header.
func headerTokens(h http.Header, name string) (tokens []string) {
	for _, line := range h.Values(name) {
		for t := range splitComma(line) {
			tokens = append(tokens, t)
		}
	}
	return tokens
}
