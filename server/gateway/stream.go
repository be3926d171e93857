package gateway

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// How many streams there may be at one time (security: limits).
const (
	mostPerUser    = 100    // of one account
	mostPerAddress = 10_000 // of one address
	mostStrangers  = 1000   // that have not signed in
	mostUnknown    = 250    // of one address, that have not signed in
	mostHandshakes = 256    // upgrades at one moment
)

// stream is the gateway's own state of one WebSocket. It stays small: most are idle.
type stream struct {
	conn   *hub.Conn
	number int64
	limit  limit.Key // what its frames count against

	// Only the goroutine that opens the stream, and then the reading one.
	principal account.Principal
	address   limit.Key // counted among the streams of an address; zero: not
	stranger  limit.Key // counted among those that have not signed in; zero: not
	user      limit.Key // counted among the account's; zero: not

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

// stream upgrades a request to the event stream (GET /v1/stream).
func (g *Gateway) stream(w http.ResponseWriter, r *request) error {
	if !slices.Contains(headerTokens(r.Header, "Sec-Websocket-Protocol"), hub.Subprotocol) {
		return api.NewProblem("upgrade_required", "ask for Sec-WebSocket-Protocol: %s", hub.Subprotocol)
	}
	s := &stream{limit: limit.Address(r.addr), principal: r.principal}
	if err := g.count(s); err != nil {
		return err
	}
	c, err := g.hub.Accept(w, r.Request, g.Origins)
	if err != nil {
		g.uncount(s)
		return handshakeProblem(err)
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
		Features: []string{"attach", "action", "pull", "mark", "edit", "delete", "report", "rename", "role", "history_all"},
		Limits: &api.Limits{Text: api.MaxText, Frame: api.MaxFrame, Pull: api.EntriesPage,
			Group: g.MaxGroup, EditWindowS: int64(g.EditWindow / time.Second)},
	}))
	if s.principal.User.IsZero() {
		g.strangers.expect(s)
	} else {
		g.signInStream(r.Context(), s)
	}
	g.hub.Serve(c)
	return nil
}

// handshakeProblem says why the upgrade was refused (RFC 6455, 4.2.1), as a problem.
func handshakeProblem(err error) error {
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
		return api.NewProblem("starting", "connect again").Later(1)
	}
	return api.NewProblem("invalid", "this is no handshake of RFC 6455, version 13")
}

// count counts a stream that is about to be opened.
func (g *Gateway) count(s *stream) error {
	from, p := s.limit, s.principal
	if !p.Exempt {
		if !g.addresses.Enter(from) {
			return api.NewProblem("too_many", "an address has at most %d streams", mostPerAddress).Later(5)
		}
		s.address = from
	}
	if p.User.IsZero() {
		if !g.unknown.Enter(from) {
			g.uncount(s)
			return api.NewProblem("too_many", "too many streams wait for a sign-in: send the token with the upgrade").Later(5)
		}
		s.stranger = from
		return nil
	}
	if !g.countUser(s) {
		g.uncount(s)
		return api.NewProblem("too_many", "an account has at most %d streams", mostPerUser).Later(5)
	}
	return nil
}

// countUser counts a stream among its account's, and no more among the strangers.
func (g *Gateway) countUser(s *stream) bool {
	k := userKey(s.principal)
	if !g.users.Enter(k) {
		return false
	}
	s.user, s.limit = k, k
	g.unknown.Leave(s.stranger)
	s.stranger = limit.Key{}
	return true
}

// uncount takes a stream out of all counts.
func (g *Gateway) uncount(s *stream) {
	g.addresses.Leave(s.address)
	g.unknown.Leave(s.stranger)
	g.users.Leave(s.user)
	s.address, s.stranger, s.user = limit.Key{}, limit.Key{}, limit.Key{}
}

// signInStream makes the stream its principal's. What ended the session while
// the stream was being opened was told before the stream could be found: so the
// session is read once more (promise R).
func (g *Gateway) signInStream(ctx context.Context, s *stream) {
	p := s.principal
	s.conn.SignIn(p.User, p.Session)
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameSignedIn, User: p.User, Session: p.Session, Handle: p.Handle}))
	if err := g.endRevoked(ctx, []*hub.Conn{s.conn}); err != nil {
		g.giveUp(ctx, s, "reading the session", err)
	}
}

// authenticateFrame signs a stream in by a ticket.
func (g *Gateway) authenticateFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if f.Kind != api.FrameAuthenticate {
		return api.NewProblem("signed_out", "send authenticate with a ticket first")
	}
	p, err := g.Accounts.Redeem(ctx, f.Ticket)
	var refused *api.Problem
	switch {
	case errors.As(err, &refused):
		s.conn.Close(api.CloseSignIn, "the ticket is not valid")
		return nil
	case err != nil:
		g.giveUp(ctx, s, "taking a ticket", err)
		return nil
	case p.Suspended:
		s.conn.Close(api.CloseForbidden, "the account is suspended")
		return nil
	}
	s.principal = p
	if !g.countUser(s) {
		s.conn.Close(api.CloseTooMany, "too many streams of the account")
		return nil
	}
	g.strangers.forget(s)
	g.signInStream(ctx, s)
	return nil
}

// giveUp sends a client away to try again, when something of ours failed it.
func (g *Gateway) giveUp(ctx context.Context, s *stream, doing string, err error) {
	if ctx.Err() == nil && !errors.Is(err, hub.ErrClosed) { // else nobody is there any more
		g.Log.WarnContext(ctx, "stream given up", "doing", doing, "err", err)
	}
	s.conn.Close(api.CloseTryAgain, "the server failed; try again")
}
