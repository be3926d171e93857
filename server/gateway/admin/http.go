package admin

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

const (
	pageSize = 100
	mostPage = 1000
	sendTime = time.Minute
)

// path serves one path of the table.
func (s *server) path(methods map[string]route) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.answerPanic(w, r)
		rt, ok := methods[r.Method]
		if !ok {
			w.Header().Set("Allow", allow)
			s.problem(w, r, api.NewProblem("method_not_allowed", "it takes %s", allow))
			return
		}
		who, err := s.actor(r)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), actorKey{}, who))
		r.Body = http.MaxBytesReader(w, r.Body, api.MaxBody)
		v, err := rt.answer(s, r)
		if err != nil {
			s.problem(w, r, err)
			return
		}
		if d, ok := v.(document); ok {
			s.send(w, r, "application/yaml", rt.status, []byte(d))
			return
		}
		s.write(w, r, "application/json", rt.status, v)
	})
}

// answerPanic answers for a handler that panicked, and logs it: net/http's own log is at debug level.
func (s *server) answerPanic(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		s.Log.ErrorContext(r.Context(), "handler panicked", "route", r.Pattern, "panic", p, "stack", string(debug.Stack()))
		s.problem(w, r, api.NewProblem("internal", "the server's log says more"))
	}
}

// problem answers err; what is no problem of the caller's is logged, and not told.
func (s *server) problem(w http.ResponseWriter, r *http.Request, err error) {
	var p *api.Problem
	if !errors.As(err, &p) {
		if r.Context().Err() == nil {
			s.Log.ErrorContext(r.Context(), "administration failed", "route", r.Pattern, "err", err)
		}
		p = api.NewProblem("unavailable", "the log says more; try again").Later(1)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	s.write(w, r, "application/problem+json", p.Status, p)
}

func (s *server) write(w http.ResponseWriter, r *http.Request, kind string, status int, v any) {
	s.send(w, r, kind, status, append(api.Encode(v), '\n'))
}

// send answers. Its time begins here: a backup may have taken longer than the
// server lets an answer take (http.Server.WriteTimeout).
func (s *server) send(w http.ResponseWriter, r *http.Request, kind string, status int, body []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendTime)) // not in a test's recorder
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.Log.DebugContext(r.Context(), "answer not taken", "route", r.Pattern, "err", err)
	}
}

// body reads a request's JSON strictly.
func body[T any](r *http.Request) (v T, err error) {
	kinds := r.Header.Values("Content-Type")
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" || len(kinds) > 1 {
		return v, api.NewProblem("unsupported", "send one Content-Type: application/json")
	}
	b, err := read(r)
	if err != nil {
		return v, err
	}
	return api.Decode[T](b)
}

// noBody refuses what would be ignored: an empty object is the most that is taken.
func noBody(r *http.Request) error {
	b, err := read(r)
	if err != nil || len(b) == 0 {
		return err
	}
	_, err = api.Decode[struct{}](b)
	return err
}

func read(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, api.NewProblem("too_large", "a body has at most %d bytes", api.MaxBody)
	case err != nil:
		return nil, api.Invalid("", "the body could not be read")
	}
	return b, nil
}

// query reads the parameters; an unknown, empty or doubled one is refused.
func query(r *http.Request, known ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, api.Invalid("", "the query cannot be read")
	}
	for name, v := range values {
		if !slices.Contains(known, name) {
			return nil, unknownParameter(known)
		}
		if len(v) > 1 || v[0] == "" {
			return nil, api.Invalid("", "give %s once, with a value, or leave it out", name)
		}
	}
	return values, nil
}

func unknownParameter(known []string) error {
	if len(known) == 0 {
		return api.Invalid("", "this route takes no parameters")
	}
	return api.Invalid("", "this route takes no such parameter; it takes %s", strings.Join(known, ", "))
}

// number reads a whole number from least to most, or returns missing.
func number(q url.Values, name string, missing, least, most int64) (int64, error) {
	if !q.Has(name) {
		return missing, nil
	}
	v := q.Get(name)
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || v[0] == '+' || n < least || n > most {
		return 0, api.Invalid("", "the parameter %s is a number from %d to %d", name, least, most)
	}
	return n, nil
}

// page reads the parameters of a list: where it goes on (after), how long a page
// may be (limit), and those of more.
func page(r *http.Request, more ...string) (q url.Values, limit int, err error) {
	if q, err = query(r, append([]string{"after", "limit"}, more...)...); err != nil {
		return nil, 0, err
	}
	n, err := number(q, "limit", pageSize, 1, mostPage)
	return q, int(n), err
}

// afterNumber reads where a list goes on that is in the order of a number.
func afterNumber(q url.Values) (int64, error) { return number(q, "after", 0, 0, 1<<53-1) }

// list answers with a page under its name; one that is empty is [], not null.
func list[T any](name string, page []T, err error) (any, error) {
	if page == nil {
		page = []T{}
	}
	return map[string][]T{name: page}, err
}
