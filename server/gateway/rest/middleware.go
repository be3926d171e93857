package rest

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/intake"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// request is an HTTP request with who made it.
type request struct {
	*http.Request
	principal session.Principal
	addr      netip.Addr
}

// body reads and strictly decodes a request's JSON body.
func body[T any](r *request) (T, error) {
	var none T
	types := r.Header.Values("Content-Type")
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" || len(types) > 1 {
		return none, api.NewProblem("unsupported", "send one Content-Type: application/json")
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return none, api.NewProblem("unsupported", "bodies are not decompressed: send it as it is")
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return none, api.NewProblem("too_large", "a body has at most %d bytes", api.MaxBody)
		}
		return none, api.Invalid("", "the body could not be read to its end")
	}
	return api.Decode[T](b)
}

// serve runs a route: address and token, limits, handler, problems.
func (s *Server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, addr: s.Proxies.address(hr)}
		if rt.who == opening {
			leave, later := s.Streams.Enter()
			if leave == nil { // before a token is looked up (promises, rule 12)
				s.problem(w, r, api.NewProblem("unavailable", "many are connecting at this moment").Later(int(later/time.Second)))
				return
			}
			defer leave()
		}
		if err := s.admit(rt, r); err != nil {
			s.problem(w, r, err)
			return
		}
		if err := rt.handle(s, w, r); err != nil {
			s.problem(w, r, err)
		}
	})
}

func (s *Server) admit(rt route, r *request) error {
	key := limit.Address(r.addr)
	if rt.who != anyone && (rt.who != opening || r.Header.Get("Authorization") != "") {
		p, err := s.authenticate(r)
		switch {
		case err != nil && rt.who == leaving:
			p, err = s.ended(r, err)
		case err != nil && rt.who == erasing:
			p, err = s.erased(r, err)
		}
		if err != nil { // who guesses tokens is soon told to wait instead
			return cmp.Or(s.Limits.Check(limit.Read, key), err)
		}
		r.principal = p
		key = intake.KeyOf(p)
	}
	return s.Limits.Check(rt.limit, key)
}

// ended lets a revoked session ask again for its own end: the first answer may
// have been that chat has not heard of it yet (promise R). cause is what else to answer.
func (s *Server) ended(r *request, cause error) (session.Principal, error) {
	token, ok := session.Bearer(r.Header.Get("Authorization"))
	if !ok {
		return session.Principal{}, cause
	}
	p, err := s.Accounts.Ended(r.Context(), token)
	if own := r.PathValue("session"); err != nil || own != "current" && own != p.Session.String() {
		return p, cause
	}
	return p, nil
}

// erased lets the session that erased its account ask for it again: the first
// answer may have been that chat has not heard of it yet, or was lost. cause is
// what else to answer.
func (s *Server) erased(r *request, cause error) (session.Principal, error) {
	token, ok := session.Bearer(r.Header.Get("Authorization"))
	if !ok {
		return session.Principal{}, cause
	}
	p, err := s.Accounts.Erased(r.Context(), token)
	if err != nil {
		return p, cause
	}
	return p, nil
}

func (s *Server) authenticate(r *request) (session.Principal, error) {
	token, ok := session.Bearer(r.Header.Get("Authorization"))
	if !ok {
		return session.Principal{}, api.NewProblem("signed_out", "send Authorization: Bearer and the token of a session")
	}
	p, err := s.Accounts.Authenticate(r.Context(), token)
	if err != nil {
		return p, err
	}
	return p, p.Barred()
}

// outermost holds what is the same for every request, known route or not.
func (s *Server) outermost(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.Log.ErrorContext(hr.Context(), "handler panicked", "route", hr.Pattern, "panic", p, "stack", string(debug.Stack()))
				s.problem(w, &request{Request: hr}, api.NewProblem("internal", "try again; the server's log says more"))
			}
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		hr.Body = http.MaxBytesReader(w, hr.Body, api.MaxBody)
		_, pattern := mux.Handler(hr)
		if pattern == "" {
			s.problem(w, &request{Request: hr}, unknownRoute(mux, w, hr))
			return
		}
		mux.ServeHTTP(w, hr)
	})
}

// unknownRoute tells a wrong method from a wrong path.
func unknownRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) *api.Problem {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		try := *r
		try.Method = m
		if _, p := mux.Handler(&try); p != "" {
			allowed = append(allowed, m)
		}
	}
	if allow := strings.Join(allowed, ", "); allow != "" {
		w.Header().Set("Allow", allow) // RFC 9110, 15.5.6
		return api.NewProblem("method_not_allowed", "this path takes %s", allow)
	}
	return api.NewProblem("not_found", "no such path; GET /v1/openapi.yaml lists them all")
}
