package gateway

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// request is an HTTP request with who made it.
type request struct {
	*http.Request
	principal account.Principal
	addr      netip.Addr
}

// body reads and strictly decodes a request's JSON body.
func body[T any](r *request) (T, error) {
	var none T
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return none, api.NewProblem("unsupported", "send Content-Type: application/json")
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
func (g *Gateway) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		r := &request{Request: hr, addr: g.Proxies.address(hr)}
		if rt.who == opening {
			leave, ok := g.handshakes.enter()
			if !ok { // before a token is looked up (promises, rule 12)
				g.problem(w, r, api.NewProblem("unavailable", "many are connecting at this moment").Later(1))
				return
			}
			defer leave()
		}
		if err := g.admit(rt, r); err != nil {
			g.problem(w, r, err)
			return
		}
		if err := rt.handle(g, w, r); err != nil {
			g.problem(w, r, err)
		}
	})
}

func (g *Gateway) admit(rt route, r *request) error {
	key := limit.Address(r.addr)
	if rt.who != anyone && (rt.who != opening || r.Header.Get("Authorization") != "") {
		p, err := g.authenticate(r)
		if err != nil && rt.who == leaving {
			p, err = g.ended(r, err)
		}
		if err != nil { // who guesses tokens is soon told to wait instead
			return cmp.Or(g.Limits.Check(limit.Read, key), err)
		}
		r.principal = p
		key = userKey(p)
	}
	return g.Limits.Check(rt.limit, key)
}

// userKey is what an account's requests count against: nothing, for one made for load tests.
func userKey(p account.Principal) limit.Key {
	if p.Exempt {
		return limit.Key{}
	}
	return limit.User(p.User)
}

// ended lets a revoked session ask again for its own end: the first answer may
// have been that chat has not heard of it yet (promise R). cause is what else to answer.
func (g *Gateway) ended(r *request, cause error) (account.Principal, error) {
	token, ok := bearer(r)
	if !ok {
		return account.Principal{}, cause
	}
	p, err := g.Accounts.Ended(r.Context(), token)
	if own := r.PathValue("session"); err != nil || own != "current" && own != p.Session.String() {
		return p, cause
	}
	return p, nil
}

// bearer is the request's token (RFC 6750, 2.1: the header, and nowhere else).
func bearer(r *request) (token string, ok bool) {
	const scheme = "Bearer "
	h := r.Header.Get("Authorization")
	if len(h) < len(scheme) || len(h) > 256 || !strings.EqualFold(h[:len(scheme)], scheme) { // RFC 9110, 11.1: in any case
		return "", false
	}
	return h[len(scheme):], true
}

func (g *Gateway) authenticate(r *request) (account.Principal, error) {
	token, ok := bearer(r)
	if !ok {
		return account.Principal{}, api.NewProblem("signed_out", "send Authorization: Bearer and the token of a session")
	}
	p, err := g.Accounts.Authenticate(r.Context(), token)
	if err != nil {
		return p, err
	}
	if p.Suspended {
		return p, api.NewProblem("forbidden", "the account is suspended")
	}
	return p, nil
}

// outermost holds what is the same for every request, known route or not.
func (g *Gateway) outermost(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				g.Log.ErrorContext(hr.Context(), "handler panicked", "route", hr.Pattern, "panic", p, "stack", string(debug.Stack()))
				g.problem(w, &request{Request: hr}, api.NewProblem("internal", "try again; the server's log says more"))
			}
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		hr.Body = http.MaxBytesReader(w, hr.Body, api.MaxBody)
		_, pattern := mux.Handler(hr)
		if pattern == "" {
			g.problem(w, &request{Request: hr}, unknownRoute(mux, w, hr))
			return
		}
		mux.ServeHTTP(w, hr)
	})
}

// unknownRoute tells a wrong method from a wrong path.
func unknownRoute(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) *api.Problem {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
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

// problem answers err. What is no Problem is our fault: logged, and told without its text.
func (g *Gateway) problem(w http.ResponseWriter, r *request, err error) {
	p := g.asProblem(r, err)
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

func (g *Gateway) asProblem(r *request, err error) *api.Problem {
	var p *api.Problem
	if errors.As(err, &p) {
		return p
	}
	if r.Context().Err() != nil { // the client went away, or the server stops
		return api.NewProblem("unavailable", "the request was cut short").Later(1)
	}
	g.Log.ErrorContext(r.Context(), "request not answered", "route", r.Pattern, "err", err)
	return api.NewProblem("unavailable", "try again").Later(1)
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err := w.Write(append(api.Encode(v), '\n'))
	if err != nil {
		return nil // the client is gone: there is nobody to tell
	}
	return nil
}
