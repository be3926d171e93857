package rest

import (
	"net/http"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/office"
	"github.com/chatctl/chatctl/server/gateway/account/register"
)

type (
	profileBody struct {
		DisplayName *string `json:"display_name"`
	}
	// mePatch changes what it names.
	mePatch struct {
		DisplayName *string `json:"display_name"`
		Presence    *string `json:"presence"`
	}
	passwordBody struct {
		Password    string `json:"password"`
		NewPassword string `json:"new_password"`
	}
	newEmailBody struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}
	eraseBody struct {
		Password string `json:"password"`
	}
	firstBody struct {
		Token string `json:"token"`
	}
	mintBody struct {
		Count  int    `json:"count"`
		Prefix string `json:"prefix"`
	}
)

func (s *Server) me(r *request) (any, error) {
	me, err := s.Accounts.Me(r.Context(), r.principal)
	if err != nil {
		return nil, err
	}
	me.Version, err = s.Reader.Version(r.Context(), r.principal.User)
	return me, err
}

func (s *Server) setProfile(r *request, in profileBody) (any, error) {
	if in.DisplayName == nil {
		return nil, api.Invalid("/display_name", "give a name, or an empty one for none")
	}
	if err := s.Accounts.SetDisplayName(r.Context(), r.principal, *in.DisplayName); err != nil {
		return nil, err
	}
	return s.me(r)
}

func (s *Server) patchMe(r *request, in mePatch) (any, error) {
	switch {
	case in.Presence != nil && *in.Presence != api.PresenceOn && *in.Presence != api.PresenceOff:
		return nil, api.Invalid("/presence", "on or off")
	case in.Presence == nil && in.DisplayName == nil:
		return nil, api.Invalid("", "name what to change: display_name or presence")
	}
	if in.DisplayName != nil {
		if err := s.Accounts.SetDisplayName(r.Context(), r.principal, *in.DisplayName); err != nil {
			return nil, err
		}
	}
	if in.Presence != nil {
		if err := s.Accounts.ShowPresence(r.Context(), r.principal, *in.Presence == api.PresenceOn); err != nil {
			return nil, err
		}
	}
	return s.me(r)
}

// changePassword answers once chat refuses the other sessions' actions (promise R).
func (s *Server) changePassword(r *request, in passwordBody) error {
	return s.Accounts.ChangePassword(r.Context(), r.principal, in.Password, in.NewPassword, r.addr.String())
}

func (s *Server) changeEmail(r *request, in newEmailBody) (any, error) {
	return codeSent(s.Accounts.ChangeEmail(r.Context(), r.principal, in.Email, in.Password, r.addr.String()))
}

func (s *Server) confirmEmail(r *request, in codeBody) error {
	return s.Accounts.ConfirmEmail(r.Context(), r.principal, in.Email, in.Code)
}

// erase answers once chat refuses all of the account's actions; the rest goes on behind (promises, rule 23).
func (s *Server) erase(r *request, in eraseBody) error {
	return s.Accounts.Erase(r.Context(), r.principal, in.Password, r.addr.String())
}

// bootstrap makes who asks the first administrator, for the token in the data directory.
func (s *Server) bootstrap(r *request, in firstBody) error {
	err := s.Accounts.BecomeFirst(r.Context(), r.principal, in.Token)
	if err == nil && s.FirstTaken != nil {
		s.FirstTaken()
	}
	return err
}

// mint makes throw-away people for a load test. Who may not is told so, whatever the body.
func (s *Server) mint(w http.ResponseWriter, r *request) error {
	if !slices.Contains(r.principal.Grants, register.LoadTest) {
		return api.NewProblem("forbidden", "the account needs the grant loadtest: chatctl admin users grant %s loadtest", r.principal.Handle)
	}
	return takes(http.StatusCreated, (*Server).people)(s, w, r)
}

func (s *Server) people(r *request, in mintBody) (any, error) {
	people, err := s.Accounts.As(office.By(r.principal.Handle)).Mint(r.Context(), in.Count, in.Prefix)
	return struct {
		People []api.Credential `json:"people"`
	}{people}, err
}
