package record

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/coder/websocket"
)

// Socket is one connection of a person's to the event stream. Whoever dialled it
// closes it; its reader has ended when Ended is closed.
type Socket struct {
	Frames chan api.ServerFrame // every frame, when they were asked for; closed at the end
	Live   chan struct{}        // closed when attached
	Ended  chan struct{}        // closed when the connection has ended
	Err    error                // why, after Ended

	person *Person
	number int
	ws     *websocket.Conn
	cancel context.CancelFunc
	fresh  map[api.ConversationID]bool // the reader's alone
	last   atomic.Value                // kind of the last frame
}

// Dial opens a socket and attaches. frames > 0 keeps that many frames for the
// caller, who must read them; else they are only recorded.
func (p *Person) Dial(ctx context.Context, frames int) (*Socket, error) {
	s, err := p.dial(ctx, frames, http.Header{"Authorization": {"Bearer " + p.Token}})
	if err != nil {
		return nil, err
	}
	if err := s.Send(ctx, api.ClientFrame{Kind: api.FrameAttach}); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// DialAnonymous opens a socket that is not signed in.
func (p *Person) DialAnonymous(ctx context.Context, frames int) (*Socket, error) {
	return p.dial(ctx, frames, nil)
}

func (p *Person) dial(ctx context.Context, frames int, header http.Header) (*Socket, error) {
	ws, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.Recorder.URL(), "http")+"/v1/stream", &websocket.DialOptions{
		HTTPClient:   p.Recorder.HTTP,
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
	s := &Socket{person: p, number: p.Recorder.History.NewSocket(), ws: ws, fresh: map[api.ConversationID]bool{}, Live: make(chan struct{}), Ended: make(chan struct{})}
	if frames > 0 {
		s.Frames = make(chan api.ServerFrame, frames)
	}
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go s.read(ctx)
	return s, nil
}

// Connect dials and returns once the socket is live. It is then the one over
// which the person acts.
func (p *Person) Connect(ctx context.Context, frames int) (*Socket, error) {
	s, err := p.Dial(ctx, frames)
	if err != nil {
		return nil, err
	}
	select {
	case <-s.Live:
		p.use(s)
		return s, nil
	case <-s.Ended:
		return nil, fmt.Errorf("it ended before it was live: %w", s.Err)
	case <-ctx.Done():
		s.end()
		return nil, fmt.Errorf("not live: %w", ctx.Err())
	}
}

// Stay keeps the person connected until ctx ends, whatever becomes of the
// server, or the person is erased.
func (p *Person) Stay(ctx context.Context) {
	Until(ctx, func() bool {
		s, err := p.Dial(ctx, 0)
		if err == nil {
			p.use(s)
			select {
			case <-s.Ended:
			case <-ctx.Done():
				s.end()
			}
			p.use(nil)
		}
		return p.Recorder.History.IsErased(p.Handle)
	})
}

func (p *Person) use(s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.socket = s
}

func (p *Person) connected() *Socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.socket
}

// AwaitLive waits until the person is connected and hears what is said from now
// on, or is erased, or ctx ends.
func (p *Person) AwaitLive(ctx context.Context) {
	Until(ctx, func() bool {
		s := p.connected()
		return s != nil && s.isLive() || p.Recorder.History.IsErased(p.Handle)
	})
}

// Lives is how often the person became live, on a connection or again after
// lagging. What is said before comes in a head then, and not on its own.
func (p *Person) Lives() int64 { return p.lives.Load() }

func (s *Socket) isLive() bool {
	select {
	case <-s.Ended:
		return false
	default:
	}
	select {
	case <-s.Live:
		return true
	default:
		return false
	}
}

// standing tells how the person is connected.
func (p *Person) standing() string {
	s := p.connected()
	if s == nil {
		return "not connected"
	}
	return fmt.Sprintf("connection %d, whose last frame was %v", s.number, s.last.Load())
}

// Drop cuts the person's connection, as a bad network does, and reports whether
// there was one.
func (p *Person) Drop() bool {
	s := p.connected()
	if s != nil {
		s.Close()
	}
	return s != nil
}

// Send sends a frame.
func (s *Socket) Send(ctx context.Context, f api.ClientFrame) error {
	return s.SendRaw(ctx, api.Encode(&f))
}

// SendRaw sends any text as a frame.
func (s *Socket) SendRaw(ctx context.Context, b []byte) error {
	return s.ws.Write(ctx, websocket.MessageText, b)
}

// Close cuts the connection.
func (s *Socket) Close() {
	s.ws.CloseNow() //nolint:errcheck // it may be gone already
	s.cancel()
}

func (s *Socket) end() {
	s.Close()
	<-s.Ended
}

// read records what comes until the connection ends.
func (s *Socket) read(ctx context.Context) {
	defer func() {
		s.Close()
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
		if see := s.person.Recorder.OnFrame; see != nil {
			see(b)
		}
		f, err := api.DecodeTolerant[api.ServerFrame](b)
		if err != nil || !whole(&f) {
			s.person.trouble("a frame that is none: %v: %q", err, b)
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

// whole tells whether a frame has what its kind is of.
func whole(f *api.ServerFrame) bool {
	switch f.Kind {
	case api.FrameHead:
		return f.Head != nil
	case api.FrameEntry:
		return f.Event != nil
	case api.FrameResult:
		return f.Result != nil
	case api.FrameProblem:
		return f.Problem != nil
	}
	return true
}

func (s *Socket) record(f *api.ServerFrame) {
	p, h := s.person, s.person.Recorder.History
	s.last.Store(f.Kind)
	switch f.Kind {
	case api.FrameHello:
		h.Greet(p.Handle, f.Epoch)
	case api.FrameHeads:
		for _, head := range f.Heads {
			s.begin(head)
		}
	case api.FrameHead:
		s.begin(*f.Head)
	case api.FrameLive:
		p.lives.Add(1)
		select {
		case <-s.Live: // again, after lagging
		default:
			close(s.Live)
		}
	case api.FrameEntry:
		h.See(history.Seen{Person: p.Handle, Socket: s.number, Entry: *f.Event, Fresh: s.fresh[f.Event.Conversation]})
		delete(s.fresh, f.Event.Conversation)
	case api.FrameAccepted:
		p.told(f.Action, func(w *waiting) { h.Accept(w.asked) })
	case api.FrameResult:
		p.told(f.Result.Action, func(w *waiting) { h.Answer(w.asked, *f.Result); w.end() })
	case api.FrameConflict:
		p.told(f.Action, func(w *waiting) {
			p.trouble("%s is told to be another action's key", f.Action) // nobody uses one twice
			w.end()
		})
	case api.FrameProblem:
		if final(f.Problem) {
			p.told(f.Problem.Action, func(w *waiting) { h.Reject(w.asked, f.Problem); w.end() })
		}
	}
}

// begin lets a conversation begin anywhere on this socket.
func (s *Socket) begin(h api.Head) {
	s.fresh[h.Conversation] = true
	s.person.Recorder.History.Know(s.person.Handle, h)
}
