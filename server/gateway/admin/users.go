package admin

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/register"
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
	return s.as(r).CreateUser(r.Context(), register.Applicant{
		Handle: in.Handle, Email: in.Email, Password: in.Password, DisplayName: in.DisplayName})
}

func (s *server) users(r *http.Request) (any, error) {
	q, n, err := page(r, "q", "state", "grant", "bots")
	if err != nil {
		return nil, err
	}
	f := api.UserFilter{Text: q.Get("q"), State: api.UserState(q.Get("state")), Grant: q.Get("grant"), Bots: q.Get("bots") == "true"}
	switch f.State {
	case "", api.UserActive, api.UserSuspended, api.UserDeleted:
	default:
		return nil, api.Invalid("", "the parameter state is active, suspended or deleted")
	}
	if q.Has("bots") && !f.Bots {
		return nil, api.Invalid("", "the parameter bots is true, or left out")
	}
	if f.Grant != "" && f.Grant != register.Administrator && f.Grant != register.LoadTest {
		return nil, api.Invalid("", "the parameter grant is %s or %s", register.Administrator, register.LoadTest)
	}
	users, err := s.Accounts.Users(r.Context(), f, q.Get("after"), n)
	return list("users", users, err)
}

func (s *server) user(r *http.Request) (any, error) {
	return s.Accounts.User(r.Context(), r.PathValue("handle"))
}

type suspension struct {
	Reason string    `json:"reason"`
	Until  *api.Time `json:"until"`
}

func (s *server) suspend(r *http.Request) (any, error) {
	var how suspension
	b, err := read(r)
	if err == nil && len(b) > 0 {
		how, err = api.Decode[suspension](b)
	}
	if err != nil {
		return nil, err
	}
	var until api.Time // for good
	if how.Until != nil {
		until = max(*how.Until, 1) // 1970 is over, and not for good
	}
	return s.as(r).Suspend(r.Context(), r.PathValue("handle"), how.Reason, until)
}

func (s *server) resume(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.as(r).Resume(r.Context(), r.PathValue("handle"))
}

func (s *server) deleteUser(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.as(r).Delete(r.Context(), r.PathValue("handle"))
}

// resetPassword sets the password that the body names, or sends the account's
// address a code for one.
func (s *server) resetPassword(r *http.Request) (any, error) {
	in, err := body[struct {
		Password string `json:"password"`
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Password == "" {
		return s.as(r).SendReset(r.Context(), r.PathValue("handle"))
	}
	return s.as(r).SetPassword(r.Context(), r.PathValue("handle"), in.Password)
}

func (s *server) sessions(r *http.Request) (any, error) {
	sessions, err := s.Accounts.SessionsOf(r.Context(), r.PathValue("handle"))
	return list("sessions", sessions, err)
}

func (s *server) revokeAll(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.as(r).Revoke(r.Context(), r.PathValue("handle"), api.SessionID{})
}

func (s *server) revoke(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	var id api.SessionID
	if id.UnmarshalText([]byte(r.PathValue("session"))) != nil || id.IsZero() {
		return nil, api.NewProblem("not_found", "there is no such session")
	}
	return s.as(r).Revoke(r.Context(), r.PathValue("handle"), id)
}

func (s *server) grant(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.as(r).Grant(r.Context(), r.PathValue("handle"), r.PathValue("grant"))
}

func (s *server) ungrant(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	return s.as(r).Ungrant(r.Context(), r.PathValue("handle"), r.PathValue("grant"))
}

func (s *server) mint(r *http.Request) (any, error) {
	in, err := body[struct {
		Count  int    `json:"count"`
		Prefix string `json:"prefix"`
	}](r)
	if err != nil {
		return nil, err
	}
	people, err := s.as(r).Mint(r.Context(), in.Count, in.Prefix)
	return list("people", people, err)
}
