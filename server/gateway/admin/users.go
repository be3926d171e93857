package admin

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
)

type newUser struct {
	Handle      string `json:"handle"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	DisplayName string `json:"display_name"`
	Verified    bool   `json:"verified"`
}

func (s *server) createUser(r *http.Request) (any, error) {
	in, err := body[newUser](r)
	if err != nil {
		return nil, err
	}
	if !in.Verified { // who wants a code signs up
		return nil, api.Invalid("/verified", "must be true: an administrator answers for the address")
	}
	return s.Accounts.As(owner).CreateUser(r.Context(), account.SignUp{
		Handle: in.Handle, Email: in.Email, Password: in.Password, DisplayName: in.DisplayName})
}

func (s *server) users(r *http.Request) (any, error) {
	q, err := query(r, "after", "limit", "q")
	if err != nil {
		return nil, err
	}
	n, err := limit(q)
	if err != nil {
		return nil, err
	}
	users, err := s.Accounts.Users(r.Context(), q.Get("after"), n, q.Get("q"))
	return struct {
		Users []api.User `json:"users"`
	}{users}, err
}

func (s *server) user(r *http.Request) (any, error) {
	return s.Accounts.User(r.Context(), r.PathValue("handle"))
}

func (s *server) suspend(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.Accounts.As(owner).Suspend(r.Context(), r.PathValue("handle"))
}

func (s *server) resume(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.Accounts.As(owner).Resume(r.Context(), r.PathValue("handle"))
}

func (s *server) grant(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.Accounts.As(owner).Grant(r.Context(), r.PathValue("handle"), r.PathValue("grant"))
}

func (s *server) ungrant(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.Accounts.As(owner).Ungrant(r.Context(), r.PathValue("handle"), r.PathValue("grant"))
}

func (s *server) mint(r *http.Request) (any, error) {
	in, err := body[struct {
		Count  int    `json:"count"`
		Prefix string `json:"prefix"`
	}](r)
	if err != nil {
		return nil, err
	}
	people, err := s.Accounts.As(owner).Mint(r.Context(), in.Count, in.Prefix)
	return struct {
		People []api.Credential `json:"people"`
	}{people}, err
}
