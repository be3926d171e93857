package rest

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
)

// handler answers a request, or returns what the answer says instead: a Problem,
// or an error of ours.
type handler func(*Server, http.ResponseWriter, *request) error

// gives makes a handler that answers with what f reads; the query may have parameters.
func gives(f func(*Server, *request) (any, error), parameters ...string) handler {
	return func(s *Server, w http.ResponseWriter, r *request) error {
		if err := checkQuery(r, parameters); err != nil {
			return err
		}
		out, err := f(s, r)
		if err != nil {
			return err
		}
		return answer(w, http.StatusOK, out)
	}
}

// takes makes a handler that answers with a status and with what f makes of the body.
func takes[T any](status int, f func(*Server, *request, T) (any, error)) handler {
	return func(s *Server, w http.ResponseWriter, r *request) error {
		in, err := body[T](r)
		if err != nil {
			return err
		}
		out, err := f(s, r, in)
		if err != nil {
			return err
		}
		return answer(w, status, out)
	}
}

// does makes a handler of what there is nothing to tell of.
func does[T any](f func(*Server, *request, T) error) handler {
	return func(s *Server, w http.ResponseWriter, r *request) error {
		in, err := body[T](r)
		if err != nil {
			return err
		}
		return done(w, f(s, r, in))
	}
}

// done answers what there is nothing to tell of.
func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(api.Encode(v), '\n')) // the client may be gone
	return nil
}
