package verify

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/coder/websocket"
)

// socket is one connection of a person's. It speaks the wire without a client's
// algorithm, so that what the server sends is recorded as it is.
type socket struct {
	person *person
	number int
	ws     *websocket.Conn
	fresh  map[api.ConversationID]bool // the reader's alone

	last    atomic.Value // kind of the last frame
	writing sync.Mutex
}

func (p *person) dial(ctx context.Context) (*socket, error) {
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(p.stage.cfg.Target.URL, "http")+"/v1/stream", &websocket.DialOptions{
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + p.token}},
		Subprotocols: []string{"chatctl.v1"},
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	p.sockets++
	s := &socket{person: p, number: p.sockets, ws: ws, fresh: map[api.ConversationID]bool{}}
	if err := s.send(ctx, api.ClientFrame{Kind: api.FrameAttach}); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *socket) send(ctx context.Context, f api.ClientFrame) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.ws.Write(ctx, websocket.MessageText, api.Encode(&f))
}

func (s *socket) close() { s.ws.CloseNow() } //nolint:errcheck // it may be gone already

// read records what comes until the connection ends.
func (s *socket) read(ctx context.Context) {
	defer s.close()
	for {
		_, b, err := s.ws.Read(ctx)
		if err != nil {
			return
		}
		f, err := api.DecodeTolerant[api.ServerFrame](b)
		if err != nil {
			s.person.wrong("a frame that is none: %v", err)
			return
		}
		s.record(&f)
	}
}

func (s *socket) record(f *api.ServerFrame) {
	p, told := s.person, s.person.stage.told
	s.last.Store(f.Kind)
	switch f.Kind {
	case api.FrameHello:
		told.Greet(p.handle, f.Epoch)
	case api.FrameHeads:
		for _, h := range f.Heads {
			s.begin(h)
		}
	case api.FrameHead:
		s.begin(*f.Head)
	case api.FrameEntry:
		told.See(history.Seen{Person: p.handle, Socket: s.number, Entry: *f.Event, Fresh: s.fresh[f.Event.Conversation]})
		delete(s.fresh, f.Event.Conversation)
	case api.FrameAccepted:
		if w := p.waitingFor(f.Action); w != nil {
			told.Accept(w.asked)
		}
	case api.FrameResult:
		if w := p.waitingFor(f.Result.Action); w != nil {
			told.Answer(w.asked, *f.Result)
			w.once.Do(func() { close(w.done) })
		}
	case api.FrameConflict:
		if w := p.waitingFor(f.Action); w != nil {
			p.wrong("%s is told to be another action's key", f.Action) // nobody uses one twice
			w.once.Do(func() { close(w.done) })
		}
	case api.FrameProblem:
		s.refused(f.Problem)
	}
}

// refused ends the waiting for an action that the server will not take.
func (s *socket) refused(problem *api.Problem) {
	w := s.person.waitingFor(problem.Action)
	if w == nil || problem.Status >= 500 || problem.Status == http.StatusTooManyRequests {
		return // asked again
	}
	s.person.stage.told.Reject(w.asked, problem)
	w.once.Do(func() { close(w.done) })
}

// begin lets a conversation begin anywhere on this socket.
func (s *socket) begin(h api.Head) {
	s.fresh[h.Conversation] = true
	s.person.stage.told.Know(s.person.handle, h)
}
