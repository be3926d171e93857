package rest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
)

// problem answers err. What is no Problem is our fault: logged, and told without its text.
func (s *Server) problem(w http.ResponseWriter, r *request, err error) {
	p := s.asProblem(r, err)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusUpgradeRequired: // RFC 9110, 15.5.22
		h.Set("Upgrade", "websocket")
		h.Set("Connection", "Upgrade")
	}
	w.WriteHeader(p.Status)
	w.Write(append(api.Encode(p), '\n')) //nolint:errcheck // the client may be gone
}

func (s *Server) asProblem(r *request, err error) *api.Problem {
	var p *api.Problem
	if errors.As(err, &p) {
		return p
	}
	if r.Context().Err() != nil { // the client went away, or the server stops
		return api.NewProblem("unavailable", "the request was cut short").Later(1)
	}
	s.Log.ErrorContext(r.Context(), "request not answered", "route", r.Pattern, "err", err)
	return api.NewProblem("unavailable", "try again").Later(1)
}
