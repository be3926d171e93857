package stream

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/intake"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/presence"
)

// stream is the state of one WebSocket. It stays small: most are idle.
type stream struct {
	conn   *hub.Conn
	number int64
	limit  limit.Key // what its frames count against
	from   netip.Addr
	opened time.Time
	handle atomic.Pointer[string] // who signed in

	// Only the goroutine that opens the stream, and then the reading one.
	principal session.Principal
	address   limit.Key // counted among the streams of an address; zero: not
	stranger  limit.Key // counted among those that have not signed in; zero: not
	user      limit.Key // counted among the account's; zero: not
	typed     typed
	watch     *presence.Watch // nil: it watches nobody

	mu       sync.Mutex
	wait     []pending // actions that wait for the log
	busy     bool      // one goroutine publishes them
	room     chan struct{}
	attempts int64
	refs     []attempt

	live      bool
	attaching bool
	again     bool                 // attach once more after the one under way
	joined    []api.ConversationID // while it attached
	version   int64                // of the person, as last told
}

// Open upgrades a request to a stream and returns at once. An error is to be
// answered; after nil the connection is not net/http's any more.
func (ss *Streams) Open(w http.ResponseWriter, r *http.Request, by Opening) error {
	if !slices.Contains(headerTokens(r.Header, "Sec-Websocket-Protocol"), hub.Subprotocol) {
		return api.NewProblem("upgrade_required", "ask for Sec-WebSocket-Protocol: %s", hub.Subprotocol)
	}
	s, err := ss.open(r, by, func() (*hub.Conn, error) { return ss.hub.Accept(w, r, ss.cfg.Origins) },
		"attach", "action", "pull", "mark", "typing", "presence")
	if s != nil {
		ss.hub.Serve(s.conn, nil)
	}
	return err
}

// Listen is Open for somebody who is signed in and only listens: the stream is of
// Server-Sent Events, and it attaches by itself.
func (ss *Streams) Listen(w http.ResponseWriter, r *http.Request, by Opening) error {
	s, err := ss.open(r, by, func() (*hub.Conn, error) { return ss.hub.Listen(w, r, ss.cfg.Origins) })
	if s != nil {
		ss.hub.Serve(s.conn, func(ctx context.Context) { ss.startAttach(ctx, s) })
	}
	return err
}

// open counts and keeps a stream whose connection is made by shake, and greets
// its client; nil when there is nobody to serve. frames are what the client may
// send: hello names them, and what actions may be, which can come by HTTP, too.
func (ss *Streams) open(r *http.Request, by Opening, shake func() (*hub.Conn, error), frames ...string) (*stream, error) {
	s := &stream{limit: limit.Address(by.Address), principal: by.Principal, from: by.Address, opened: time.Now()}
	if err := ss.count(s); err != nil {
		return nil, err
	}
	c, err := shake()
	if err != nil {
		ss.uncount(s)
		return nil, ss.handshakeProblem(err)
	}
	s.conn = c
	c.SetData(s)
	ss.mu.Lock()
	ss.next++
	s.number = ss.next
	ss.streams[s.number] = s
	ss.mu.Unlock()
	c.Send(api.Encode(&api.ServerFrame{
		Kind: api.FrameHello, Epoch: ss.cfg.Epoch, PingS: int(api.PingEvery.Seconds()),
		Features: append(frames, "edit", "delete", "report", "rename", "role", "history_all"),
		Limits: &api.Limits{Text: api.MaxText, Frame: api.MaxFrame, Pull: api.EntriesPage,
			Group: ss.cfg.MaxGroup, EditWindowS: int64(ss.cfg.EditWindow / time.Second)},
	}))
	if s.principal.User.IsZero() {
		ss.strangers.expect(s)
	} else {
		ss.signInStream(r.Context(), s)
	}
	return s, nil
}

// headerTokens splits the comma-separated values of a header.
func headerTokens(h http.Header, name string) (tokens []string) {
	for _, line := range h.Values(name) {
		for t := range strings.SplitSeq(line, ",") {
			if t = strings.TrimSpace(t); t != "" {
				tokens = append(tokens, t)
			}
		}
	}
	return tokens
}

// drained is about how many seconds a drain takes with the start that follows it.
const drained = 4

// handshakeProblem says why the upgrade was refused (RFC 6455, 4.2.1), as a problem.
func (ss *Streams) handshakeProblem(err error) error {
	var refused *hub.Refused
	if !errors.As(err, &refused) {
		return nil // the connection is gone: there is nobody to tell
	}
	switch refused.Status {
	case http.StatusForbidden:
		return api.NewProblem("forbidden", "pages of this origin may not connect")
	case http.StatusMethodNotAllowed:
		return api.NewProblem("method_not_allowed", "a stream is opened with GET")
	case http.StatusUpgradeRequired:
		return api.NewProblem("upgrade_required", "ask for it by Connection: Upgrade and Upgrade: websocket")
	case http.StatusServiceUnavailable:
		if ss.draining.Load() {
			return api.NewProblem("starting", "connect again, to another server or when this one is back").Later(drained)
		}
		return api.NewProblem("starting", "connect again").Later(1)
	}
	return api.NewProblem("invalid", "this is no handshake of RFC 6455, version 13")
}

// count counts a stream that is about to be opened.
func (ss *Streams) count(s *stream) error {
	from, p := s.limit, s.principal
	if !p.Exempt {
		if !ss.addresses.Enter(from) {
			return api.NewProblem("too_many", "an address has at most %d streams", mostPerAddress).Later(5)
		}
		s.address = from
	}
	if p.User.IsZero() {
		if !ss.unknown.Enter(from) {
			ss.uncount(s)
			return api.NewProblem("too_many", "too many streams wait for a sign-in: send the token with the upgrade").Later(5)
		}
		s.stranger = from
		return nil
	}
	if !ss.countUser(s) {
		ss.uncount(s)
		return api.NewProblem("too_many", "an account has at most %d streams", mostPerUser).Later(5)
	}
	return nil
}

// countUser counts a stream among its account's, and no more among the strangers.
func (ss *Streams) countUser(s *stream) bool {
	k := intake.KeyOf(s.principal)
	if !ss.users.Enter(k) {
		return false
	}
	s.user, s.limit = k, k
	ss.unknown.Leave(s.stranger)
	s.stranger = limit.Key{}
	return true
}

// uncount takes a stream out of all counts.
func (ss *Streams) uncount(s *stream) {
	ss.addresses.Leave(s.address)
	ss.unknown.Leave(s.stranger)
	ss.users.Leave(s.user)
	s.address, s.stranger, s.user = limit.Key{}, limit.Key{}, limit.Key{}
}

// signInStream makes the stream its principal's. What ended the session while
// the stream was being opened was told before the stream could be found: so the
// session is read once more (promise R).
func (ss *Streams) signInStream(ctx context.Context, s *stream) {
	p := s.principal
	s.handle.Store(&p.Handle)
	s.conn.SignIn(p.User, p.Session)
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameSignedIn, User: p.User, Session: p.Session, Handle: p.Handle}))
	ss.presence.Seen(p.User)
	if err := ss.endRevoked(ctx, []*hub.Conn{s.conn}); err != nil {
		ss.giveUp(ctx, s, "reading the session", err)
	}
}

// authenticateFrame signs a stream in by a ticket.
func (ss *Streams) authenticateFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if f.Kind != api.FrameAuthenticate {
		return api.NewProblem("signed_out", "send authenticate with a ticket first")
	}
	p, err := ss.cfg.Accounts.Redeem(ctx, f.Ticket)
	var refused *api.Problem
	switch {
	case errors.As(err, &refused):
		s.conn.Close(api.CloseSignIn, "the ticket is not valid")
		return nil
	case err != nil:
		ss.giveUp(ctx, s, "taking a ticket", err)
		return nil
	case p.Suspended:
		s.conn.Close(api.CloseForbidden, "the account is suspended")
		return nil
	case p.Resuming:
		s.conn.Close(api.CloseTryAgain, "the suspension of the account has just ended")
		return nil
	}
	s.principal = p
	if !ss.countUser(s) {
		s.conn.Close(api.CloseTooMany, "too many streams of the account")
		return nil
	}
	ss.strangers.forget(s)
	ss.signInStream(ctx, s)
	return nil
}

// giveUp sends a client away to try again, when something of ours failed it.
func (ss *Streams) giveUp(ctx context.Context, s *stream, doing string, err error) {
	if ctx.Err() == nil && !errors.Is(err, hub.ErrClosed) { // else nobody is there any more
		ss.cfg.Log.WarnContext(ctx, "stream given up", "doing", doing, "err", err)
	}
	s.conn.Close(api.CloseTryAgain, "the server failed; try again")
}
