package admin

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
)

func (s *server) createInvite(r *http.Request) (any, error) {
	in, err := body[struct {
		Note    string   `json:"note"`
		Uses    int64    `json:"uses"` // 0: any number
		Expires api.Time `json:"expires"`
	}](r)
	if err != nil {
		return nil, err
	}
	return s.as(r).CreateInvite(r.Context(), in.Note, in.Uses, in.Expires)
}

func (s *server) invites(r *http.Request) (any, error) {
	q, err := query(r, "after", "limit")
	if err != nil {
		return nil, err
	}
	n, err := limit(q)
	if err != nil {
		return nil, err
	}
	list, err := s.Accounts.Invites(r.Context(), q.Get("after"), n)
	return struct {
		Invites []api.Invite `json:"invites"`
	}{list}, err
}

func (s *server) revokeInvite(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return struct {
		Invite string `json:"invite"`
	}{r.PathValue("invite")}, s.as(r).RevokeInvite(r.Context(), r.PathValue("invite"))
}

func (s *server) audit(r *http.Request) (any, error) {
	q, err := query(r, "after", "limit", "actor", "object")
	if err != nil {
		return nil, err
	}
	n, err := limit(q)
	if err != nil {
		return nil, err
	}
	list, err := s.Accounts.Audit(r.Context(), q.Get("after"), q.Get("actor"), q.Get("object"), n)
	return struct {
		Audit []api.Audited `json:"audit"`
	}{list}, err
}
