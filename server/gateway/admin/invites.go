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
	q, n, err := page(r)
	if err != nil {
		return nil, err
	}
	invites, err := s.Accounts.Invites(r.Context(), q.Get("after"), n)
	return list("invites", invites, err)
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
	q, n, err := page(r, "actor", "object")
	if err != nil {
		return nil, err
	}
	changes, err := s.Accounts.Audit(r.Context(), q.Get("after"), q.Get("actor"), q.Get("object"), n)
	return list("audit", changes, err)
}
