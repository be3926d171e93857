package hub

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/hub/socket"
)

// Conn is one client's connection. It is small: most are idle.
type Conn struct {
	hub      *Hub
	socket   socket.Conn
	identity atomic.Pointer[identity] // nil before sign-in
	data     atomic.Value

	left bool // under hub.mu: may not sign in any more

	mu    sync.Mutex
	gone  bool // stands nowhere and may not any more
	rooms map[api.ConversationID]*room
}

type identity struct {
	user    api.UserID
	session api.SessionID
}

// Refused is a handshake that was not accepted; nothing has been written.
type Refused = socket.Refused

// Accept upgrades a request to a WebSocket with the subprotocol chatctl.v1.
// origins are patterns of browser origins that are allowed besides the server's
// own host (path.Match). An error that is *Refused is to be answered by the caller;
// after any other the connection is gone. Without an error Serve must be called, once.
func (h *Hub) Accept(w http.ResponseWriter, r *http.Request, origins []string) (*Conn, error) {
	return h.open(func(c *Conn) error { return h.sockets.Accept(&c.socket, (*owner)(c), w, r, origins) })
}

// Listen is Accept for a client that only listens: it answers a request with
// Server-Sent Events, one for each frame.
func (h *Hub) Listen(w http.ResponseWriter, r *http.Request, origins []string) (*Conn, error) {
	return h.open(func(c *Conn) error { return h.sockets.Listen(&c.socket, (*owner)(c), w, r, origins) })
}

// open makes a connection by shake, unless the hub does not run.
func (h *Hub) open(shake func(*Conn) error) (*Conn, error) {
	h.mu.RLock()
	open := h.state == running
	h.mu.RUnlock()
	if !open {
		return nil, &Refused{Status: http.StatusServiceUnavailable, Reason: "the server is starting or stopping"}
	}
	c := &Conn{hub: h}
	if err := shake(c); err != nil {
		return nil, err
	}
	if !h.add(c) {
		c.socket.Kill()
		c.socket.Finish()
		return nil, fmt.Errorf("accepting a connection: %w", ErrClosed)
	}
	return c, nil
}

// Serve starts the connection's one reading goroutine and returns; the handler
// may return then, and its request's context must not be used any more. begin,
// unless it is nil, is called there before anything is read, with Run's context.
func (h *Hub) Serve(c *Conn, begin func(ctx context.Context)) {
	if !h.do(func(ctx context.Context) { h.serve(ctx, c, begin) }) {
		c.socket.Kill()
		h.bury(c)
	}
}

// serve is the connection's one goroutine, from Serve until the socket is gone.
func (h *Hub) serve(ctx context.Context, c *Conn, begin func(context.Context)) {
	if begin != nil {
		begin(ctx)
	}
	c.socket.Read(ctx)
	h.bury(c)
}

// bury ends a connection that reads no more.
func (h *Hub) bury(c *Conn) {
	h.signOut(c)
	c.leaveAll()
	c.socket.Finish()
	h.sockets.Remove(&c.socket)
	h.events.Closed(c)
}

// add keeps c until bury; false when the hub does not run.
func (h *Hub) add(c *Conn) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.state != running {
		return false
	}
	h.sockets.Add(&c.socket)
	return true
}

// SignIn makes the connection the person's: results and events of the person
// reach it from now on, and it may send frames of up to 64 KiB. Only the first
// call counts.
func (c *Conn) SignIn(user api.UserID, session api.SessionID) {
	if c.hub.signIn(c, &identity{user, session}) {
		c.socket.SetReadLimit(api.MaxFrame)
	}
}

// User is who signed in; zero before.
func (c *Conn) User() api.UserID {
	if id := c.identity.Load(); id != nil {
		return id.user
	}
	return api.UserID{}
}

// Session is the one that signed in; zero before.
func (c *Conn) Session() api.SessionID {
	if id := c.identity.Load(); id != nil {
		return id.session
	}
	return api.SessionID{}
}

// SetData keeps the gateway's own state of the connection. v has the same type each time.
func (c *Conn) SetData(v any) { c.data.Store(v) }

// Data is what SetData kept; nil before.
func (c *Conn) Data() any { return c.data.Load() }

// Send queues one client frame (JSON) and returns at once. It reports false
// when the connection lags or is closed; then the frame is gone. frame is not kept.
func (c *Conn) Send(frame []byte) bool { return c.socket.Enqueue(socket.NewChunk(socket.Firm, frame)) }

// Hint is Send for what can be left out: it is dropped while the connection is
// not live, and when half of its queue is full (promises, rule 11).
func (c *Conn) Hint(frame []byte) bool { return c.socket.Enqueue(socket.NewChunk(socket.Soft, frame)) }

// Flushed waits until all that was queued has been given to the socket. Its
// error is ErrClosed or ctx's.
func (c *Conn) Flushed(ctx context.Context) error { return c.socket.Flushed(ctx) }

// Close queues a close frame behind what waits and lets nothing follow. The
// socket is gone 2 s later at the latest, whether or not the peer reads or answers.
func (c *Conn) Close(code api.CloseCode, reason string) { c.socket.Close(code, reason) }

// owner is a Conn as its socket sees it.
type owner Conn

func (o *owner) Frame(ctx context.Context, payload []byte) {
	c := (*Conn)(o)
	c.hub.events.Frame(ctx, c, payload)
}

func (o *owner) Lagged() { o.hub.do((*Conn)(o).lagged) }

func (o *owner) Stalled() { o.hub.log.Info("connection stalled", "user", (*Conn)(o).User()) }

func (c *Conn) lagged(ctx context.Context) {
	c.hub.log.InfoContext(ctx, "connection lagged", "user", c.User())
	c.hub.events.Lagging(ctx, c)
}
