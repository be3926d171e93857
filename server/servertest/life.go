package servertest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// EraseAccount erases the person's own account, asking again until the server
// has acknowledged it; a session that is gone is an answer, too.
func (p *Person) EraseAccount(ctx context.Context) {
	for ctx.Err() == nil {
		status, _ := p.http(ctx, "POST", "/v1/me/erase", map[string]any{"password": Password(p.Handle)}, nil)
		if status == http.StatusNoContent || status == http.StatusUnauthorized {
			p.history.Erase(p.Handle)
			return
		}
		pause(ctx)
	}
}

// Suspend suspends an account, asking again until that is acknowledged.
func (s *Server) Suspend(ctx context.Context, handle string) {
	if s.insist(ctx, "POST", "/admin/v1/users/"+handle+"/suspend", nil) {
		s.History.Bar(handle, api.SessionID{})
	}
}

// Resume ends a suspension, as Suspend begins one.
func (s *Server) Resume(ctx context.Context, handle string) {
	s.History.Readmit(handle)
	s.insist(ctx, "POST", "/admin/v1/users/"+handle+"/resume", nil)
}

// AwaitErasures waits until every erasure that was acknowledged is finished.
func (s *Server) AwaitErasures() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*patience)
	defer cancel()
	for _, e := range s.History.Erased {
		for left := true; left; {
			var found struct {
				Users []api.User `json:"users"`
			}
			s.insist(ctx, "GET", "/admin/v1/users?q="+e.Person, &found)
			left = false
			for _, u := range found.Users {
				left = left || u.Handle == e.Person
			}
			if left {
				pause(ctx)
			}
			if ctx.Err() != nil {
				s.t.Fatalf("%s is not erased after %v", e.Person, 2*patience)
			}
		}
	}
}

// insist makes a request of the administration until it succeeds or ctx ends.
func (s *Server) insist(ctx context.Context, method, path string, v any) bool {
	for ctx.Err() == nil {
		if b, ok := s.tryAdmin(ctx, method, path); ok {
			return v == nil || json.Unmarshal(b, v) == nil
		}
		pause(ctx)
	}
	return false
}

func (s *Server) tryAdmin(ctx context.Context, method, path string) ([]byte, bool) {
	req, err := http.NewRequestWithContext(ctx, method, "http://admin"+path, bytes.NewReader(nil))
	if err != nil {
		return nil, false
	}
	resp, err := s.admin.Do(req)
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return b, err == nil && resp.StatusCode < 300
}

func pause(ctx context.Context) {
	timer := time.NewTimer(50 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
