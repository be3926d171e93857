package servertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history/record"
	"github.com/go-json-experiment/json"
)

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

// settle waits until chat knows an account that was made while the machine stood
// still. Who resumes it, though nobody suspended it, is answered then.
func (s *Server) settle(handle string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if !s.insist(ctx, "POST", "/admin/v1/users/"+handle+"/resume", nil) {
		s.t.Fatalf("chat does not know @%s after %v", handle, patience)
	}
}

// Administer has an administrator do something to a conversation: PUT owner, or
// POST purge. Whether it came about is not known where the server ended meanwhile.
func (s *Server) Administer(ctx context.Context, c api.ConversationID, method, what string, body any) {
	s.History.Administer(c)
	_, _ = s.tryAdmin(ctx, method, "/admin/v1/conversations/"+c.String()+"/"+what, body)
}

// AwaitErasures waits until every erasure that was acknowledged is finished.
func (s *Server) AwaitErasures() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for _, e := range s.History.Erased {
		if !record.Until(ctx, func() bool {
			var found struct {
				Users []api.User `json:"users"`
			}
			return s.insist(ctx, "GET", "/admin/v1/users?q="+e.Person, &found) &&
				!slices.ContainsFunc(found.Users, func(u api.User) bool { return u.Handle == e.Person })
		}) {
			s.t.Fatalf("%s is not erased after %v", e.Person, patience)
		}
	}
}

// insist makes a request of the administration until it succeeds or ctx ends.
func (s *Server) insist(ctx context.Context, method, path string, v any) bool {
	return record.Until(ctx, func() bool {
		b, err := s.tryAdmin(ctx, method, path, nil)
		return err == nil && (v == nil || json.Unmarshal(b, v) == nil)
	})
}

func (s *Server) tryAdmin(ctx context.Context, method, path string, body any) ([]byte, error) {
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(api.Encode(body))
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://admin"+path, in)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.admin.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("status %d: %s", resp.StatusCode, b)
	}
	return b, err
}
