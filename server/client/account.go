package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/call"
)

// NewAccount is what a person gives to make an account.
type NewAccount struct {
	Handle      string `json:"handle"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	DisplayName string `json:"display_name,omitempty"`
	Invite      string `json:"invite,omitempty"` // where the server wants one
}

// SignUp asks for an account; a code goes to the address, for Verify.
func (c *Client) SignUp(ctx context.Context, a NewAccount) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/accounts", a)
	return err
}

// signedIn holds an answer to be a sign-in: one without a token is kept nowhere.
func signedIn(s api.SignedIn, err error) (api.SignedIn, error) {
	if err == nil && s.Token == "" {
		err = fmt.Errorf("%w: it is no sign-in", ErrForeign)
	}
	return s, err
}

// Verify confirms the address with the code and signs in.
func (c *Client) Verify(ctx context.Context, email, code string) (api.SignedIn, error) {
	return signedIn(call.Ask[api.SignedIn](ctx, &c.caller, http.MethodPost, "/v1/accounts/verify", struct {
		Email string `json:"email"`
		Code  string `json:"code"`
	}{email, strings.TrimSpace(code)}))
}

// Resend asks for another code.
func (c *Client) Resend(ctx context.Context, email string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/accounts/resend", struct {
		Email string `json:"email"`
	}{email})
	return err
}

// SignIn begins a session; name is what the list of sessions calls it.
func (c *Client) SignIn(ctx context.Context, handle, password, name string) (api.SignedIn, error) {
	return signedIn(call.Ask[api.SignedIn](ctx, &c.caller, http.MethodPost, "/v1/sessions", struct {
		Handle   string `json:"handle"`
		Password string `json:"password"`
		Name     string `json:"name,omitempty"`
	}{handle, password, name}))
}

// SignOut ends the own session (promise R when it returns nil).
func (c *Client) SignOut(ctx context.Context) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodDelete, "/v1/sessions/current", nil)
	return err
}

// EndSession ends another session of the same person.
func (c *Client) EndSession(ctx context.Context, id api.SessionID) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodDelete, "/v1/sessions/"+id.String(), nil)
	return err
}

// Sessions lists the person's sign-ins.
func (c *Client) Sessions(ctx context.Context) ([]api.Session, error) {
	l, err := call.Ask[struct {
		Sessions []api.Session `json:"sessions"`
	}](ctx, &c.caller, http.MethodGet, "/v1/sessions", nil)
	return l.Sessions, err
}

// Me reads the own account.
func (c *Client) Me(ctx context.Context) (api.Me, error) {
	me, err := call.Ask[api.Me](ctx, &c.caller, http.MethodGet, "/v1/me", nil)
	if err == nil && me.Handle == "" {
		err = fmt.Errorf("%w: it is no account", ErrForeign)
	}
	return me, err
}

// People makes throw-away people for a load test; the account needs the grant loadtest.
func (c *Client) People(ctx context.Context, count int, prefix string) ([]api.Credential, error) {
	l, err := call.Ask[struct {
		People []api.Credential `json:"people"`
	}](ctx, &c.caller, http.MethodPost, "/v1/loadtest/people", struct {
		Count  int    `json:"count"`
		Prefix string `json:"prefix,omitempty"`
	}{count, prefix})
	return l.People, err
}
