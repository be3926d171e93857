package servertest

import (
	"context"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/coder/websocket"
)

// Socket is a person's connection to the event stream, which lasts until the
// test ends. It keeps every frame for the test to read.
type Socket struct {
	*record.Socket
	t      *testing.T
	handle string
}

// Connect opens a socket and returns once it is live.
func (p *Person) Connect() *Socket {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	return p.opened(p.Person.Connect(ctx, 4096))
}

// DialAnonymous opens a socket that is not signed in.
func (p *Person) DialAnonymous() *Socket {
	p.t.Helper()
	return p.opened(p.Person.DialAnonymous(p.t.Context(), 64))
}

func (p *Person) opened(s *record.Socket, err error) *Socket {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: connecting: %v", p.Handle, err)
	}
	p.t.Cleanup(s.Close)
	return &Socket{s, p.t, p.Handle}
}

// Send sends a frame.
func (s *Socket) Send(f api.ClientFrame) {
	s.t.Helper()
	if err := s.Socket.Send(s.t.Context(), f); err != nil {
		s.t.Fatalf("%s: sending %s: %v", s.handle, f.Kind, err)
	}
}

// SendRaw sends any text as a frame.
func (s *Socket) SendRaw(b []byte) error { return s.Socket.SendRaw(s.t.Context(), b) }

// Next returns the next frame that is wanted; others are passed over.
func (s *Socket) Next(want func(api.ServerFrame) bool) api.ServerFrame {
	s.t.Helper()
	f, ok := s.pass(want)
	if !ok {
		s.t.Fatalf("%s: the connection ended: %v", s.handle, s.Err)
	}
	return f
}

// Kind is the next frame of a kind.
func (s *Socket) Kind(k api.FrameKind) api.ServerFrame {
	s.t.Helper()
	return s.Next(func(f api.ServerFrame) bool { return f.Kind == k })
}

// AwaitClose waits until the server has closed the socket, with this code.
func (s *Socket) AwaitClose(code api.CloseCode) {
	s.t.Helper()
	s.pass(func(api.ServerFrame) bool { return false })
	if got := websocket.CloseStatus(s.Err); int(got) != int(code) {
		s.t.Errorf("%s: closed with %d, not %d: %v", s.handle, got, code, s.Err)
	}
}

// pass passes over what is not wanted, and reports false when the connection
// ended before anything was.
func (s *Socket) pass(want func(api.ServerFrame) bool) (api.ServerFrame, bool) {
	s.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case f, ok := <-s.Frames:
			if !ok || want(f) {
				return f, ok
			}
		case <-timeout:
			s.t.Fatalf("%s: neither the frame nor the end came within %v", s.handle, patience)
		}
	}
}
