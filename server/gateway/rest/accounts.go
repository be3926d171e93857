package rest

import (
	"errors"
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
)

// What accounts take in. Several routes share a body: a field that is left out
// is empty, and the account service says what is missing.
type (
	signUpBody struct {
		Handle      string `json:"handle"`
		Email       string `json:"email"`
		Password    string `json:"password"`
		DisplayName string `json:"display_name"`
		Invite      string `json:"invite"`
	}
	signInBody struct {
		Handle   string `json:"handle"`
		Password string `json:"password"`
		Name     string `json:"name"`
	}
	emailBody struct {
		Email string `json:"email"`
	}
	codeBody struct {
		Email string `json:"email"`
		Code  string `json:"code"`
	}
	resetBody struct {
		Email    string `json:"email"`
		Code     string `json:"code"`
		Password string `json:"password"`
	}
)

// expires tells how long a code or ticket is good for.
type expires struct {
	Ticket  string `json:"ticket,omitempty"`
	Expires int    `json:"expires_in_s"`
}

func codeSent(err error) (any, error) {
	return expires{Expires: int(code.Life.Seconds())}, err
}

func (s *Server) signUp(r *request, in signUpBody) (any, error) {
	return codeSent(s.Accounts.SignUp(r.Context(), register.Applicant{
		Handle: in.Handle, Email: in.Email, Password: in.Password, DisplayName: in.DisplayName, Invite: in.Invite}))
}

func (s *Server) resend(r *request, in emailBody) (any, error) {
	return codeSent(s.Accounts.Resend(r.Context(), in.Email))
}

func (s *Server) forgot(r *request, in emailBody) (any, error) {
	return codeSent(s.Accounts.Forgot(r.Context(), in.Email))
}

func (s *Server) verify(r *request, in codeBody) (any, error) {
	return s.Accounts.Verify(r.Context(), in.Email, in.Code)
}

func (s *Server) reset(r *request, in resetBody) (any, error) {
	return s.Accounts.Reset(r.Context(), in.Email, in.Code, in.Password)
}

func (s *Server) signIn(r *request, in signInBody) (any, error) {
	got, err := s.Accounts.SignIn(r.Context(), in.Handle, in.Password, in.Name, r.addr.String())
	var p *api.Problem
	if errors.As(err, &p) && (p.Code == "bad_credentials" || p.Code == "too_many") {
		s.signInsFailed.Add(1)
	}
	return got, err
}

func (s *Server) sessions(r *request) (any, error) {
	list, err := s.Accounts.Sessions(r.Context(), r.principal)
	return struct {
		Sessions []api.Session `json:"sessions"`
	}{list}, err
}

// signOut ends a session; it answers once chat refuses its actions (promise R).
func (s *Server) signOut(w http.ResponseWriter, r *request) error {
	id := r.principal.Session
	if asked := r.PathValue("session"); asked != "current" {
		if err := id.UnmarshalText([]byte(asked)); err != nil {
			return api.NewProblem("invalid", "session: %v", err)
		}
	}
	return done(w, s.Accounts.Revoke(r.Context(), r.principal, id))
}

func (s *Server) token(r *request, in struct {
	Name string `json:"name"`
}) (any, error) {
	return s.Accounts.CreateToken(r.Context(), r.principal, in.Name)
}

func (s *Server) ticket(w http.ResponseWriter, r *request) error {
	t, err := s.Accounts.Ticket(r.Context(), r.principal)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, expires{t, int(session.TicketLife.Seconds())})
}
