package admin

import (
	"net/http"
	"path/filepath"

	"github.com/chatctl/chatctl/server/api"
)

// backup makes one, for who owns the machine: an account that administers from
// elsewhere does not write files there. It is audited before: what is copied then
// holds the row.
func (s *server) backup(r *http.Request) (any, error) {
	if s.remote {
		return nil, api.NewProblem("forbidden", "backups are made on the server's machine, by its owner")
	}
	in, err := body[struct {
		Dir string `json:"dir"`
	}](r)
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(in.Dir) {
		return nil, api.Invalid("/dir", "must be an absolute path on the server's machine")
	}
	dir := filepath.Clean(in.Dir)
	if err := s.as(r).Note(r.Context(), "backup.create", dir, ""); err != nil {
		return nil, err
	}
	return s.Backup(r.Context(), dir)
}

func (s *server) erased(r *http.Request) (any, error) {
	q, n, err := page(r)
	if err != nil {
		return nil, err
	}
	var after api.UserID
	if q.Has("after") && after.UnmarshalText([]byte(q.Get("after"))) != nil {
		return nil, api.Invalid("", "the parameter after is a user id")
	}
	erased, err := s.Erased(r.Context(), after, n)
	return list("erased", erased, err)
}

func (s *server) stats(r *http.Request) (any, error) { return s.Stats(r.Context()) }
