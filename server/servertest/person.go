package servertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
)

// patience is how long a person waits for what must come.
const patience = 30 * time.Second

// Person is a signed-in client of a server under test: it speaks the wire
// itself, so that what the server does is seen as it is, and records everything.
type Person struct {
	t       *testing.T
	server  *Server
	history *History

	Handle  string
	User    api.UserID
	Token   string
	Session api.SessionID

	mu      sync.Mutex
	open    map[api.ActionID]*waiting // actions without an answer
	socket  *Socket
	sockets int
}

// waiting is an action of a person that is not answered yet.
type waiting struct {
	asked    *Asked
	accepted chan struct{}
	done     chan struct{} // closed with the first result or rejection
	once     sync.Once
	accept   sync.Once
}

// Do asks for an action over the socket, again after each lost connection and
// after 3 s without an answer, until it has an outcome, is refused for good, or ctx ends.
func (p *Person) Do(ctx context.Context, a api.Action) *Asked {
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	w := p.begin(a)
	defer p.end(w)
	for {
		p.mu.Lock()
		s := p.socket
		p.mu.Unlock()
		again := 3 * time.Second
		if s == nil || s.send(ctx, api.ClientFrame{Kind: api.FrameAction, Action: &a}) != nil {
			again = 20 * time.Millisecond
		}
		timer := time.NewTimer(again)
		select {
		case <-w.done:
			timer.Stop()
			return w.asked
		case <-ctx.Done():
			timer.Stop()
			return w.asked
		case <-timer.C:
		}
	}
}

func (p *Person) begin(a api.Action) *waiting {
	w := &waiting{asked: p.history.ask(p.Handle, p.Session, a), accepted: make(chan struct{}), done: make(chan struct{})}
	p.mu.Lock()
	p.open[a.ID] = w
	p.mu.Unlock()
	return w
}

func (p *Person) end(w *waiting) {
	p.mu.Lock()
	delete(p.open, w.asked.Action.ID)
	p.mu.Unlock()
}

func (p *Person) waitingFor(id api.ActionID) *waiting {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open[id]
}

// Must asks for an action over HTTP and returns its result; a refusal fails the test.
func (p *Person) Must(a api.Action) api.Result {
	p.t.Helper()
	r := p.Ask(a)
	if r.Outcome == api.Refused {
		p.t.Fatalf("%s: %s was refused: %s", p.Handle, a.Type, r.Reason)
	}
	return r
}

// Ask asks for an action over HTTP and returns its outcome, refused or not.
func (p *Person) Ask(a api.Action) api.Result {
	p.t.Helper()
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	x := p.history.ask(p.Handle, p.Session, a)
	method, path, body := request(a)
	var r api.Result
	status, problem := p.http(p.t.Context(), method, path, body, &r, "Prefer", "wait=20", "Idempotency-Key", a.ID.String())
	switch {
	case problem != nil && problem.Code == "refused":
		r = api.Result{Action: a.ID, Outcome: api.Refused, Reason: problem.Reason}
	case problem != nil || status != http.StatusOK:
		p.t.Fatalf("%s: %s %s: status %d, %v", p.Handle, method, path, status, problem)
	}
	p.history.answered(x, r)
	return r
}

// request is the HTTP request that stands for an action.
func request(a api.Action) (method, path string, body any) {
	conv := "/v1/conversations/" + a.Conversation.String()
	switch a.Type {
	case api.SendMessage:
		if a.To != "" {
			conv = "/v1/direct/" + a.To
		}
		return "POST", conv + "/messages", map[string]any{"text": a.Text, "reply_to": a.ReplyTo}
	case api.CreateGroup:
		return "POST", "/v1/conversations", map[string]any{"name": a.Name, "members": a.Members}
	case api.AddMember:
		return "POST", conv + "/members", map[string]any{"to": a.To}
	case api.RemoveMember:
		return "DELETE", conv + "/members/" + a.Member.String(), nil
	case api.LeaveGroup:
		return "DELETE", conv + "/members/me", nil
	case api.SetBlock:
		return "PUT", "/v1/me/blocks/" + a.To, nil
	case api.ClearBlock:
		return "DELETE", "/v1/me/blocks/" + a.To, nil
	}
	panic("no request for " + string(a.Type))
}

// Get reads a path into v; anything but success fails the test.
func (p *Person) Get(path string, v any) {
	p.t.Helper()
	if status, problem := p.http(p.t.Context(), "GET", path, nil, v); problem != nil || status != http.StatusOK {
		p.t.Fatalf("%s: GET %s: status %d, %v", p.Handle, path, status, problem)
	}
}

// HTTP makes any request; a problem is returned, not failed on.
func (p *Person) HTTP(method, path string, body, v any, header ...string) (int, *api.Problem) {
	p.t.Helper()
	return p.http(p.t.Context(), method, path, body, v, header...)
}

func (p *Person) http(ctx context.Context, method, path string, body, v any, header ...string) (int, *api.Problem) {
	p.t.Helper()
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(api.Encode(body))
	}
	req, err := http.NewRequestWithContext(ctx, method, p.server.URL()+path, in)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.server.client.Do(req)
	if err != nil {
		return 0, api.NewProblem("unavailable", "%v", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, api.NewProblem("unavailable", "%v", err)
	}
	if resp.StatusCode >= 400 || resp.Header.Get("Content-Type") == "application/problem+json" {
		problem, err := api.DecodeTolerant[api.Problem](b)
		if err != nil {
			p.t.Errorf("%s %s: status %d without a problem: %q", method, path, resp.StatusCode, b)
		}
		return resp.StatusCode, &problem
	}
	if v != nil && len(b) > 0 {
		if err := json.Unmarshal(b, v); err != nil {
			p.t.Errorf("%s %s: %v in %q", method, path, err, b)
		}
	}
	return resp.StatusCode, nil
}

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
	case api.FrameHeads:
		for _, h := range f.Heads {
			s.fresh[h.Conversation] = true
		}
	case api.FrameHead:
		s.fresh[f.Head.Conversation] = true
	case api.FrameLive:
		select {
		case <-s.Live: // again, after lagging
		default:
			close(s.Live)
		}
	case api.FrameEntry:
		p.history.saw(Seen{Person: p.Handle, Socket: s.number, Entry: *f.Event, Fresh: s.fresh[f.Event.Conversation]})
		delete(s.fresh, f.Event.Conversation)
	case api.FrameAccepted:
		if w := p.waitingFor(f.Action); w != nil {
			p.history.accepted(w.asked)
			w.accept.Do(func() { close(w.accepted) })
		}
	case api.FrameResult:
		if w := p.waitingFor(f.Result.Action); w != nil {
			p.history.answered(w.asked, *f.Result)
			w.once.Do(func() { close(w.done) })
		}
	case api.FrameProblem:
		if w := p.waitingFor(f.Problem.Action); w != nil && f.Problem.Status < 500 && f.Problem.Status != http.StatusTooManyRequests {
			p.history.rejected(w.asked, f.Problem)
			w.once.Do(func() { close(w.done) })
		}
	}
}

// Whole reads all that a person may see of a conversation.
func (p *Person) Whole(c api.ConversationID) api.Page {
	p.t.Helper()
	whole := api.Page{Conversation: c}
	for {
		var page api.Page
		p.Get(fmt.Sprintf("/v1/conversations/%s/entries?after=%d", c, whole.Next), &page)
		whole.Entries = append(whole.Entries, page.Entries...)
		whole.Withheld = append(whole.Withheld, page.Withheld...)
		if page.More && page.Next <= whole.Next {
			p.t.Fatalf("%s: the page after %d of %s goes on at %d", p.Handle, whole.Next, c, page.Next)
		}
		whole.Next = page.Next
		if !page.More {
			return whole
		}
	}
}

// Conversations reads every head.
func (p *Person) Conversations() (heads []api.Head) {
	p.t.Helper()
	var after string
	for {
		var page struct {
			Conversations []api.Head `json:"conversations"`
		}
		p.Get("/v1/conversations"+after, &page)
		heads = append(heads, page.Conversations...)
		if len(page.Conversations) < api.HeadsPage {
			return heads
		}
		after = "?after=" + heads[len(heads)-1].Conversation.String()
	}
}

// AwaitOutcome waits until an action has a stored outcome.
func (p *Person) AwaitOutcome(id api.ActionID) (r api.Result) {
	p.t.Helper()
	p.until("the outcome of "+id.String(), func() bool {
		status, _ := p.HTTP("GET", "/v1/actions/"+id.String(), nil, &r)
		return status == http.StatusOK
	})
	return r
}

// Mark marks a conversation as received and read up to a seq.
func (p *Person) Mark(c api.ConversationID, seq int64) {
	p.t.Helper()
	if status, problem := p.HTTP("PUT", "/v1/conversations/"+c.String()+"/marks", map[string]any{"received": seq, "read": seq}, nil); status != http.StatusNoContent {
		p.t.Fatalf("%s: marking: status %d, %v", p.Handle, status, problem)
	}
}

// AwaitRead waits until the person's head shows that seq is read, and records the heads on the way.
func (p *Person) AwaitRead(c api.ConversationID, seq int64) {
	p.t.Helper()
	p.until(fmt.Sprintf("the read mark %d", seq), func() bool {
		var h api.Head
		p.Get("/v1/conversations/"+c.String(), &h)
		p.history.sawHead(SeenHead{p.Handle, h})
		return h.ReadSeq == seq
	})
}

// AwaitSeen waits until the person's socket has seen an entry of a conversation at or after seq.
func (p *Person) AwaitSeen(c api.ConversationID, seq int64) {
	p.t.Helper()
	p.until(fmt.Sprintf("seq %d on the socket", seq), func() bool {
		p.history.mu.Lock()
		defer p.history.mu.Unlock()
		for _, s := range p.history.Seen {
			if s.Person == p.Handle && s.Entry.Conversation == c && s.Entry.Seq >= seq {
				return true
			}
		}
		return false
	})
}

// until asks again and again until it is so.
func (p *Person) until(what string, so func() bool) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s: %s did not come within %v", p.Handle, what, patience)
		}
		<-tick.C
	}
}

// AskUntilRefused asks for an action over HTTP and reports whether it was
// refused for want of storage. Any other refusal fails the test.
func (p *Person) AskUntilRefused(a api.Action) bool {
	p.t.Helper()
	x := p.history.ask(p.Handle, p.Session, a)
	method, path, body := request(a)
	var r api.Result
	status, problem := p.http(p.t.Context(), method, path, body, &r, "Prefer", "wait=20", "Idempotency-Key", a.ID.String())
	switch {
	case problem != nil && problem.Code == "storage_full":
		p.history.rejected(x, problem)
		return true
	case problem != nil || status != http.StatusOK:
		p.t.Errorf("%s: %s %s: status %d, %v", p.Handle, method, path, status, problem)
		return true
	}
	p.history.answered(x, r)
	return false
}

// AwaitAdmitted sends to a person until the server takes work again.
func (p *Person) AwaitAdmitted(to string) {
	p.t.Helper()
	p.until("room for new work", func() bool {
		return !p.AskUntilRefused(api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: to, Text: "room again?"})
	})
}
