package servertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/go-json-experiment/json"
)

// patience is how long a person waits for what must come.
const patience = 30 * time.Second

// Person is a signed-in client of a server under test: it speaks the wire
// itself, so that what the server does is seen as it is, and records everything.
type Person struct {
	t       *testing.T
	server  *Server
	history *history.History

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
	asked    *history.Asked
	accepted chan struct{}
	done     chan struct{} // closed with the first result or rejection
	once     sync.Once
	accept   sync.Once
}

// Do asks for an action over the socket, again after each lost connection and
// after 3 s without an answer, until it has an outcome, is refused for good, or ctx ends.
func (p *Person) Do(ctx context.Context, a api.Action) *history.Asked {
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
	w := &waiting{asked: p.history.Ask(p.Handle, p.Session, a), accepted: make(chan struct{}), done: make(chan struct{})}
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
	x, problem := p.Try(p.t.Context(), a)
	if len(x.Results) == 0 {
		p.t.Fatalf("%s: %s: %v", p.Handle, a.Type, problem)
	}
	return x.Results[0]
}

// Try asks for an action over HTTP, once. What it was answered is recorded; the
// problem is why it has no outcome.
func (p *Person) Try(ctx context.Context, a api.Action) (*history.Asked, *api.Problem) {
	p.t.Helper()
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	x := p.history.Ask(p.Handle, p.Session, a)
	method, path, body := request(a)
	var r api.Result
	status, problem := p.http(ctx, method, path, body, &r, "Prefer", "wait=20", "Idempotency-Key", a.ID.String())
	switch {
	case problem != nil && problem.Code == "refused":
		r = api.Result{Action: a.ID, Outcome: api.Refused, Reason: problem.Reason}
	case problem != nil:
		if status >= 400 && status < 500 {
			p.history.Reject(x, problem)
		}
		return x, problem
	case status != http.StatusOK:
		return x, api.NewProblem("unknown_outcome", "status %d", status)
	}
	p.history.Answer(x, r)
	return x, nil
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
	case api.EditMessage:
		return "PATCH", fmt.Sprintf("%s/messages/%d", conv, a.Target), map[string]any{"text": a.Text}
	case api.DeleteMessage:
		return "DELETE", fmt.Sprintf("%s/messages/%d", conv, a.Target), nil
	case api.ReportMessage:
		return "POST", fmt.Sprintf("%s/messages/%d/report", conv, a.Target), map[string]any{"text": a.Text}
	case api.CreateGroup:
		return "POST", "/v1/conversations", map[string]any{"name": a.Name, "history": a.History, "members": a.Members}
	case api.RenameGroup:
		return "PATCH", conv, map[string]any{"name": a.Name}
	case api.SetRole:
		return "PATCH", conv + "/members/" + a.Member.String(), map[string]any{"role": a.Role}
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
		for _, h := range page.Conversations {
			p.history.Know(p.Handle, h)
		}
		heads = append(heads, page.Conversations...)
		if len(page.Conversations) < api.HeadsPage {
			return heads
		}
		after = "?after=" + heads[len(heads)-1].Conversation.String()
	}
}
