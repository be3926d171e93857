package record

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/go-json-experiment/json"
)

// mostAnswer bounds how much is read of one answer.
const mostAnswer = 8 << 20

// Request asks once, and reads the answer into v. A server that is away is a
// Problem, too.
func (p *Person) Request(ctx context.Context, method, path string, body, v any, header ...string) (int, *api.Problem) {
	resp, b, err := p.roundTrip(ctx, method, path, body, header)
	if err != nil {
		return 0, api.NewProblem("unavailable", "%v", err)
	}
	if resp.StatusCode >= 300 || resp.Header.Get("Content-Type") == "application/problem+json" {
		return resp.StatusCode, p.problem(method, path, resp.StatusCode, b)
	}
	if v != nil && len(b) > 0 {
		if err := json.Unmarshal(b, v); err != nil {
			p.trouble("%s %s: %v in %q", method, path, err, b)
		}
	}
	return resp.StatusCode, nil
}

func (p *Person) roundTrip(ctx context.Context, method, path string, body any, header []string) (*http.Response, []byte, error) {
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(api.Encode(body))
	}
	req, err := http.NewRequestWithContext(ctx, method, p.Recorder.URL()+path, in)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.Recorder.HTTP.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return resp, b, err
}

// problem reads what was answered instead of success.
func (p *Person) problem(method, path string, status int, b []byte) *api.Problem {
	problem, err := api.DecodeTolerant[api.Problem](b)
	switch {
	case err == nil && problem.Code != "":
		return &problem
	case p.Recorder.Proxied && status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout:
	default:
		p.trouble("%s %s: status %d without a problem: %q", method, path, status, b)
	}
	return &api.Problem{Status: status, Title: http.StatusText(status)}
}

// final tells whether another try would change nothing.
func final(problem *api.Problem) bool {
	return problem == nil || problem.Status < 500 && problem.Status != http.StatusTooManyRequests && problem.Code != "not_known_yet"
}

// Insist makes a request until it succeeds, is refused for good, or ctx ends,
// and returns why it has not succeeded.
func (p *Person) Insist(ctx context.Context, method, path string, body, v any, header ...string) (problem *api.Problem) {
	Until(ctx, func() bool {
		_, problem = p.Request(ctx, method, path, body, v, header...)
		return final(problem)
	})
	return problem
}

// Get reads a path into v.
func (p *Person) Get(ctx context.Context, path string, v any) error {
	status, problem := p.Request(ctx, "GET", path, nil, v)
	switch {
	case problem != nil:
		return fmt.Errorf("%s: GET %s: status %d: %w", p.Handle, path, status, problem)
	case status != http.StatusOK:
		return fmt.Errorf("%s: GET %s: status %d", p.Handle, path, status)
	}
	return nil
}

// Try asks for an action over HTTP, once. What it was answered is recorded; the
// Problem is why it has no outcome.
func (p *Person) Try(ctx context.Context, a api.Action) (*history.Asked, *api.Problem) {
	x := p.ask(a)
	return x, p.try(ctx, x)
}

// Retry asks for an action over HTTP until it has an outcome, is refused for
// good, or ctx ends.
func (p *Person) Retry(ctx context.Context, a api.Action) *history.Asked {
	x := p.ask(a)
	p.retry(ctx, x)
	return x
}

func (p *Person) retry(ctx context.Context, x *history.Asked) {
	Until(ctx, func() bool { return final(p.try(ctx, x)) })
}

func (p *Person) try(ctx context.Context, x *history.Asked) *api.Problem {
	method, path, body := request(x.Action)
	var r api.Result
	status, problem := p.Request(ctx, method, path, body, &r, "Prefer", "wait=20", "Idempotency-Key", x.Action.ID.String())
	switch {
	case problem != nil && problem.Code == "refused":
		r = api.Result{Action: x.Action.ID, Outcome: api.Refused, Reason: problem.Reason}
	case problem != nil:
		if status >= 400 && final(problem) {
			p.Recorder.History.Reject(x, problem)
		}
		return problem
	case status != http.StatusOK:
		return api.NewProblem("unknown_outcome", "status %d", status)
	}
	p.Recorder.History.Answer(x, r)
	return nil
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
