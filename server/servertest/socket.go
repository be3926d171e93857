package servertest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/coder/websocket"
)

// Socket is one connection of a person's to the event stream.
type Socket struct {
	person *Person
	number int
	ws     *websocket.Conn
	wmu    sync.Mutex
	fresh  map[api.ConversationID]bool

	Frames chan api.ServerFrame // every frame, when the person asked for them
	Live   chan struct{}        // closed when attached
	Ended  chan struct{}        // closed when the connection has ended
	Err    error                // why, after Ended
}

// Dial opens a socket and attaches. frames > 0 keeps that many frames for the
// test to read; else they are only recorded.
func (p *Person) Dial(ctx context.Context, frames int) (*Socket, error) {
	s, err := p.dial(ctx, frames, http.Header{"Authorization": {"Bearer " + p.Token}})
	if err != nil {
		return nil, err
	}
	return s, s.send(ctx, api.ClientFrame{Kind: api.FrameAttach})
}

// DialAnonymous opens a socket that is not signed in.
func (p *Person) DialAnonymous() *Socket {
	p.t.Helper()
	s, err := p.dial(p.t.Context(), 64, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(s.Close)
	return s
}

func (p *Person) dial(ctx context.Context, frames int, header http.Header) (*Socket, error) {
	ws, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.server.URL(), "http")+"/v1/stream", &websocket.DialOptions{
		HTTPClient:   p.server.client,
		HTTPHeader:   header,
		Subprotocols: []string{"chatctl.v1"},
	})
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("status %d: %w", resp.StatusCode, err)
		}
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	p.mu.Lock()
	p.sockets++
	s := &Socket{person: p, number: p.sockets, ws: ws, fresh: map[api.ConversationID]bool{}, Live: make(chan struct{}), Ended: make(chan struct{})}
	p.mu.Unlock()
	if frames > 0 {
		s.Frames = make(chan api.ServerFrame, frames)
	}
	go s.read(context.WithoutCancel(ctx))
	return s, nil
}

// Connect is Dial for a test that goes on only with a live socket.
func (p *Person) Connect() *Socket {
	p.t.Helper()
	s, err := p.Dial(p.t.Context(), 4096)
	if err != nil {
		p.t.Fatalf("%s: connecting: %v", p.Handle, err)
	}
	p.t.Cleanup(s.Close)
	select {
	case <-s.Live:
	case <-s.Ended:
		p.t.Fatalf("%s: the connection ended before it was live: %v", p.Handle, s.Err)
	case <-time.After(patience):
		p.t.Fatalf("%s: not live after %v", p.Handle, patience)
	}
	p.mu.Lock()
	p.socket = s
	p.mu.Unlock()
	return s
}

// Stay keeps the person connected until ctx ends, whatever the server does.
func (p *Person) Stay(ctx context.Context) {
	for ctx.Err() == nil {
		s, err := p.Dial(ctx, 0)
		if err == nil {
			p.mu.Lock()
			p.socket = s
			p.mu.Unlock()
			select {
			case <-s.Ended:
			case <-ctx.Done():
				s.Close()
				<-s.Ended
			}
			p.mu.Lock()
			p.socket = nil
			p.mu.Unlock()
			continue
		}
		timer := time.NewTimer(20 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// Drop cuts the person's connection, as a bad network does.
func (p *Person) Drop() {
	p.mu.Lock()
	s := p.socket
	p.mu.Unlock()
	if s != nil {
		s.ws.CloseNow() //nolint:errcheck // it may be gone already
	}
}

// Send sends a frame.
func (s *Socket) Send(f api.ClientFrame) {
	s.person.t.Helper()
	if err := s.send(s.person.t.Context(), f); err != nil {
		s.person.t.Fatalf("%s: sending %s: %v", s.person.Handle, f.Kind, err)
	}
}

// SendRaw sends any text as a frame.
func (s *Socket) SendRaw(b []byte) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	return s.ws.Write(s.person.t.Context(), websocket.MessageText, b)
}

func (s *Socket) send(ctx context.Context, f api.ClientFrame) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	return s.ws.Write(ctx, websocket.MessageText, api.Encode(&f))
}

// Close ends the connection.
func (s *Socket) Close() { s.ws.CloseNow() } //nolint:errcheck // it may be gone already

// Next returns the next frame that is wanted; others are passed over.
func (s *Socket) Next(want func(api.ServerFrame) bool) api.ServerFrame {
	s.person.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		select {
		case f, ok := <-s.Frames:
			if !ok {
				s.person.t.Fatalf("%s: the connection ended: %v", s.person.Handle, s.Err)
			}
			if want(f) {
				return f
			}
		case <-timeout.C:
			s.person.t.Fatalf("%s: the frame did not come within %v", s.person.Handle, patience)
		}
	}
}

// Kind is the next frame of a kind.
func (s *Socket) Kind(k api.FrameKind) api.ServerFrame {
	s.person.t.Helper()
	return s.Next(func(f api.ServerFrame) bool { return f.Kind == k })
}

// AwaitClose waits until the server has closed the socket, with this code.
func (s *Socket) AwaitClose(code api.CloseCode) {
	s.person.t.Helper()
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		select {
		case _, open := <-s.Frames:
			if open {
				continue
			}
			<-s.Ended
			if got := websocket.CloseStatus(s.Err); int(got) != int(code) {
				s.person.t.Errorf("%s: closed with %d, not %d: %v", s.person.Handle, got, code, s.Err)
			}
			return
		case <-timeout.C:
			s.person.t.Fatalf("%s: the socket was not closed", s.person.Handle)
		}
	}
}

func (s *Socket) read(ctx context.Context) {
	defer func() {
		s.ws.CloseNow() //nolint:errcheck // it may be gone already
		close(s.Ended)
		if s.Frames != nil {
			close(s.Frames)
		}
	}()
	for {
		_, b, err := s.ws.Read(ctx)
		if err != nil {
			s.Err = err
			return
		}
		if see := s.person.server.options.OnFrame; see != nil {
			see(b)
		}
		f, err := api.DecodeTolerant[api.ServerFrame](b)
		if err != nil {
			s.person.t.Errorf("%s: a frame that is no JSON object: %v: %q", s.person.Handle, err, b)
			s.Err = errors.New("bad frame")
			return
		}
		s.record(&f)
		if s.Frames != nil {
			select {
			case s.Frames <- f:
			case <-ctx.Done():
			}
		}
	}
}

func (s *Socket) record(f *api.ServerFrame) {
	p := s.person
	switch f.Kind {
	case api.FrameHello:
		p.history.Greet(p.Handle, f.Epoch)
	case api.FrameHeads:
		for _, h := range f.Heads {
			s.begin(h)
		}
	case api.FrameHead:
		s.begin(*f.Head)
	case api.FrameLive:
		select {
		case <-s.Live: // again, after lagging
		default:
			close(s.Live)
		}
	case api.FrameEntry:
		p.history.See(history.Seen{Person: p.Handle, Socket: s.number, Entry: *f.Event, Fresh: s.fresh[f.Event.Conversation]})
		delete(s.fresh, f.Event.Conversation)
	case api.FrameAccepted:
		if w := p.waitingFor(f.Action); w != nil {
			p.history.Accept(w.asked)
			w.accept.Do(func() { close(w.accepted) })
		}
	case api.FrameResult:
		if w := p.waitingFor(f.Result.Action); w != nil {
			p.history.Answer(w.asked, *f.Result)
			w.once.Do(func() { close(w.done) })
		}
	case api.FrameProblem:
		if w := p.waitingFor(f.Problem.Action); w != nil && f.Problem.Status < 500 && f.Problem.Status != http.StatusTooManyRequests {
			p.history.Reject(w.asked, f.Problem)
			w.once.Do(func() { close(w.done) })
		}
	}
}

// begin lets a conversation begin anywhere.
func (s *Socket) begin(h api.Head) {
	s.fresh[h.Conversation] = true
	s.person.history.Know(s.person.Handle, h)
}
