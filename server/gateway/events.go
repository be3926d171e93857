package gateway

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// events is what the hub tells its gateway.
type events struct{ g *Gateway }

// Frame: what a client sent must not end the process, whatever it finds in us.
func (e events) Frame(ctx context.Context, c *hub.Conn, payload []byte) {
	defer func() {
		if p := recover(); p != nil {
			e.g.Log.ErrorContext(ctx, "frame panicked", "panic", p, "stack", string(debug.Stack()))
			c.Close(api.CloseTryAgain, "the server failed; try again")
		}
	}()
	if s, ok := c.Data().(*stream); ok {
		e.g.frame(ctx, s, payload)
	}
}

// Lagging: the queue was dropped; attach again on the same socket.
func (e events) Lagging(ctx context.Context, c *hub.Conn) {
	if s, ok := c.Data().(*stream); ok {
		s.mu.Lock()
		s.live = false
		s.mu.Unlock()
		e.g.startAttach(ctx, s)
	}
}

func (e events) Joined(ctx context.Context, c *hub.Conn, conv api.ConversationID, _ int64) {
	if s, ok := c.Data().(*stream); ok {
		e.g.joinRoom(ctx, s, conv)
	}
}

// Standing: the account changed. Sessions that it ended are closed within 2 s (promise R).
func (e events) Standing(ctx context.Context, user api.UserID, _ int64) {
	e.g.Accounts.Forget(user)
	if err := e.g.endRevoked(ctx, e.g.hub.Person(user)); err != nil && ctx.Err() == nil {
		e.g.Log.WarnContext(ctx, "sessions not checked", "err", err) // the recheck loop comes to it
	}
}

func (e events) Waiting(attempt int64, frame []byte) {
	e.g.waiting.tell(attempt, answered{frame: frame})
}

// Conflict goes to the attempt alone: an HTTP request, or the stream whose number it carries.
func (e events) Conflict(attempt int64) {
	if e.g.waiting.tell(attempt, answered{conflict: true}) {
		return
	}
	e.g.mu.Lock()
	s := e.g.streams[attempt>>attemptShift]
	e.g.mu.Unlock()
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

func (e events) Closed(c *hub.Conn) {
	if s, ok := c.Data().(*stream); ok {
		e.g.uncount(s) // its reading goroutine has ended
		e.g.strangers.forget(s)
		e.g.mu.Lock()
		delete(e.g.streams, s.number)
		e.g.mu.Unlock()
	}
}

func isNotFound(err error) bool {
	var p *api.Problem
	return errors.As(err, &p) && p.Code == "not_found"
}

func jitter(most time.Duration) time.Duration { return rand.N(most) }

// splitComma yields the trimmed, non-empty parts of a comma-separated list.
func splitComma(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(s, ",") {
			if part = strings.TrimSpace(part); part != "" && !yield(part) {
				return
			}
		}
	}
}
