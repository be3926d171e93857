package gateway

import "net/http"

func (g *Gateway) forgot(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Email string `json:"email"`
	}](r)
	if err != nil {
		return err
	}
	if err := g.Accounts.Forgot(r.Context(), in.Email); err != nil {
		return err
	}
	return g.codeSent(w)
}

func (g *Gateway) reset(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Email    string `json:"email"`
		Code     string `json:"code"`
		Password string `json:"password"`
	}](r)
	if err != nil {
		return err
	}
	got, err := g.Accounts.Reset(r.Context(), in.Email, in.Code, in.Password)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, got)
}

func (g *Gateway) setProfile(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		DisplayName string `json:"display_name"`
	}](r)
	if err != nil {
		return err
	}
	if err := g.Accounts.SetDisplayName(r.Context(), r.principal, in.DisplayName); err != nil {
		return err
	}
	return g.me(w, r)
}

// changePassword answers once chat refuses the other sessions' actions (promise R).
func (g *Gateway) changePassword(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Password    string `json:"password"`
		NewPassword string `json:"new_password"`
	}](r)
	if err != nil {
		return err
	}
	return done(w, g.Accounts.ChangePassword(r.Context(), r.principal, in.Password, in.NewPassword, r.addr.String()))
}

func (g *Gateway) changeEmail(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}](r)
	if err != nil {
		return err
	}
	if err := g.Accounts.ChangeEmail(r.Context(), r.principal, in.Email, in.Password, r.addr.String()); err != nil {
		return err
	}
	return g.codeSent(w)
}

func (g *Gateway) confirmEmail(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Email string `json:"email"`
		Code  string `json:"code"`
	}](r)
	if err != nil {
		return err
	}
	return done(w, g.Accounts.ConfirmEmail(r.Context(), r.principal, in.Email, in.Code))
}

// erase answers once chat refuses all of the account's actions; the rest goes on behind (promises, rule 23).
func (g *Gateway) erase(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Password string `json:"password"`
	}](r)
	if err != nil {
		return err
	}
	return done(w, g.Accounts.Erase(r.Context(), r.principal, in.Password, r.addr.String()))
}

func (g *Gateway) token(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Name string `json:"name"`
	}](r)
	if err != nil {
		return err
	}
	got, err := g.Accounts.CreateToken(r.Context(), r.principal, in.Name)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, got)
}

// bootstrap makes who asks the first administrator, for the token in the data directory.
func (g *Gateway) bootstrap(w http.ResponseWriter, r *request) error {
	in, err := body[struct {
		Token string `json:"token"`
	}](r)
	if err != nil {
		return err
	}
	if err := g.Accounts.BecomeFirst(r.Context(), r.principal, in.Token); err != nil {
		return err
	}
	if g.FirstTaken != nil {
		g.FirstTaken()
	}
	return done(w, nil)
}

// done answers what there is nothing to tell of.
func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}
