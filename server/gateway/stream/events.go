package stream

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// events is what the hub tells.
type events struct{ ss *Streams }

// outlive ends a stream that has panicked: what a client sent must not end the
// process, whatever it finds in us. It is deferred by what a frame begins.
func (ss *Streams) outlive(ctx context.Context, c *hub.Conn) {
	if p := recover(); p != nil {
		ss.cfg.Log.ErrorContext(ctx, "stream panicked", "panic", p, "stack", string(debug.Stack()))
		c.Close(api.CloseTryAgain, "the server failed; try again")
	}
}

func (e events) Frame(ctx context.Context, c *hub.Conn, payload []byte) {
	defer e.ss.outlive(ctx, c)
	if s, ok := c.Data().(*stream); ok {
		e.ss.frame(ctx, s, payload)
	}
}

// Lagging: the queue was dropped; attach again on the same socket.
func (e events) Lagging(ctx context.Context, c *hub.Conn) {
	if s, ok := c.Data().(*stream); ok {
		s.mu.Lock()
		s.live = false
		s.mu.Unlock()
		e.ss.startAttach(ctx, s)
	}
}

func (e events) Joined(ctx context.Context, c *hub.Conn, conv api.ConversationID, _ int64) {
	if s, ok := c.Data().(*stream); ok {
		e.ss.joinRoom(ctx, s, conv)
	}
}

// Standing: the account changed. Sessions that it ended are closed within 2 s (promise R).
func (e events) Standing(ctx context.Context, user api.UserID, _ int64) {
	e.ss.cfg.Accounts.Forget(user)
	if err := e.ss.endRevoked(ctx, e.ss.hub.Person(user)); err != nil && ctx.Err() == nil {
		e.ss.cfg.Log.WarnContext(ctx, "sessions not checked", "err", err) // the recheck loop comes to it
	}
}

func (e events) Waiting(attempt int64, frame []byte) {
	e.ss.cfg.Intake.Answer(attempt, frame)
}

// Conflict goes to the attempt alone: an HTTP request, or the stream whose number it carries.
func (e events) Conflict(attempt int64) {
	if e.ss.cfg.Intake.Conflict(attempt) {
		return
	}
	e.ss.mu.Lock()
	s := e.ss.streams[attempt>>attemptShift]
	e.ss.mu.Unlock()
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.refs {
		if a.number == attempt {
			s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameConflict, Ref: a.ref, Action: a.action}))
			return
		}
	}
}

func (e events) Asked(user api.UserID, by api.GatewayID) { e.ss.presence.Asked(user, by) }

func (e events) Present(user api.UserID) { e.ss.presence.Seen(user) }

func (e events) Closed(c *hub.Conn) {
	if s, ok := c.Data().(*stream); ok {
		if s.watch != nil {
			e.ss.presence.Drop(s.watch)
		}
		e.ss.presence.Left(c.User())
		e.ss.uncount(s) // its reading goroutine has ended
		e.ss.strangers.forget(s)
		e.ss.mu.Lock()
		delete(e.ss.streams, s.number)
		e.ss.mu.Unlock()
	}
}

func isNotFound(err error) bool {
	var p *api.Problem
	return errors.As(err, &p) && p.Code == "not_found"
}
