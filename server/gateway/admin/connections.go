package admin

import (
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
)

// Connections are the open streams of this gateway.
type Connections interface {
	// List is how they stand after a number, ascending.
	List(after int64, limit int) []api.Connection
	// Find is one; false when it is gone.
	Find(number int64) (api.Connection, bool)
	// Of are the numbers of each person's streams, ascending.
	Of(users []api.UserID) map[api.UserID][]int64
	// Kick sends a client away, which may come back; false when it is gone.
	Kick(number int64) bool
}

func (s *server) connections(r *http.Request) (any, error) {
	q, n, err := page(r)
	if err != nil {
		return nil, err
	}
	after, err := afterNumber(q)
	if err != nil {
		return nil, err
	}
	return list("connections", s.Connections.List(after, n), nil)
}

func (s *server) connection(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return s.connected(r)
}

// kick ends a stream. The audit comes first: a client that was sent away cannot be called back.
func (s *server) kick(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	c, err := s.connected(r)
	if err != nil {
		return nil, err
	}
	if err := s.as(r).Note(r.Context(), "connection.kick", strconv.FormatInt(c.Connection, 10), c.Handle); err != nil {
		return nil, err
	}
	if !s.Connections.Kick(c.Connection) {
		return nil, noConnection()
	}
	return c, nil
}

// connected is the stream that the path names.
func (s *server) connected(r *http.Request) (api.Connection, error) {
	n, err := strconv.ParseInt(r.PathValue("connection"), 10, 64)
	if err != nil {
		return api.Connection{}, noConnection()
	}
	c, ok := s.Connections.Find(n)
	if !ok {
		return c, noConnection()
	}
	return c, nil
}

func noConnection() error {
	return api.NewProblem("not_found", "there is no such connection at this gateway; it may have ended")
}
