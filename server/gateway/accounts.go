package gateway

import (
	"errors"
	"net/http"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
)

func (g *Gateway) signUp(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Handle      string `json:"handle"`
		Email       string `json:"email"`
		Password    string `json:"password"`
		DisplayName string `json:"display_name"`
		Invite      string `json:"invite"`
	}](r)
	if err != nil {
		return err
	}
	err = g.Accounts.SignUp(r.Context(), account.SignUp{
		Handle: in.Handle, Email: in.Email, Password: in.Password, DisplayName: in.DisplayName, Invite: in.Invite})
	if err != nil {
		return err
	}
	return g.codeSent(w)
}

func (g *Gateway) resend(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Email string `json:"email"`
	}](r)
	if err != nil {
		return err
	}
	if err := g.Accounts.Resend(r.Context(), in.Email); err != nil {
		return err
	}
	return g.codeSent(w)
}

func (g *Gateway) codeSent(w http.ResponseWriter) error {
	return answer(w, http.StatusAccepted, struct {
		Expires int `json:"expires_in_s"`
	}{int(account.CodeLife.Seconds())})
}

func (g *Gateway) verify(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Email string `json:"email"`
		Code  string `json:"code"`
	}](r)
	if err != nil {
		return err
	}
	got, err := g.Accounts.Verify(r.Context(), in.Email, in.Code)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, got)
}

func (g *Gateway) signIn(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Handle   string `json:"handle"`
		Password string `json:"password"`
		Name     string `json:"name"`
	}](r)
	if err != nil {
		return err
	}
	got, err := g.Accounts.SignIn(r.Context(), in.Handle, in.Password, in.Name, r.addr.String())
	if err != nil {
		var p *api.Problem
		if errors.As(err, &p) && (p.Code == "bad_credentials" || p.Code == "too_many") {
			g.signInsFailed.Add(1)
		}
		return err
	}
	return answer(w, http.StatusCreated, got)
}

func (g *Gateway) sessions(w http.ResponseWriter, r *request) error {
	list, err := g.Accounts.Sessions(r.Context(), r.principal)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct {
		Sessions []api.Session `json:"sessions"`
	}{list})
}

// signOut ends a session; it answers once chat refuses its actions (promise R).
func (g *Gateway) signOut(w http.ResponseWriter, r *request) error {
	id := r.principal.Session
	if s := r.PathValue("session"); s != "current" {
		if err := id.UnmarshalText([]byte(s)); err != nil {
			return api.NewProblem("invalid", "session: %v", err)
		}
	}
	return done(w, g.Accounts.Revoke(r.Context(), r.principal, id))
}

func (g *Gateway) ticket(w http.ResponseWriter, r *request) error {
	t, err := g.Accounts.Ticket(r.Context(), r.principal)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, struct {
		Ticket  string `json:"ticket"`
		Expires int    `json:"expires_in_s"`
	}{t, int(account.TicketLife.Seconds())})
}

func (g *Gateway) me(w http.ResponseWriter, r *request) error {
	me, err := g.Accounts.Me(r.Context(), r.principal)
	if err != nil {
		return err
	}
	me.Version, err = g.Reader.Version(r.Context(), r.principal.User)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, me)
}

// mint makes throw-away people for a load test, for accounts that may.
func (g *Gateway) mint(w http.ResponseWriter, r *request) error {
	if !slices.Contains(r.principal.Grants, account.LoadTest) {
		return api.NewProblem("forbidden", "the account needs the grant loadtest: chatctl admin users grant %s loadtest", r.principal.Handle)
	}
	in, err := body[struct {
		Count  int    `json:"count"`
		Prefix string `json:"prefix"`
	}](r)
	if err != nil {
		return err
	}
	people, err := g.Accounts.As(account.By(r.principal.Handle)).Mint(r.Context(), in.Count, in.Prefix)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, struct {
		People []api.Credential `json:"people"`
	}{people})
}
