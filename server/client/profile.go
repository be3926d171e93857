package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/call"
)

// Forgot asks for a code that sets a new password, for Reset. Whether the address has an account is not told.
func (c *Client) Forgot(ctx context.Context, email string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/accounts/forgot", struct {
		Email string `json:"email"`
	}{email})
	return err
}

// Reset sets a new password with the code and signs in; all other sessions end.
func (c *Client) Reset(ctx context.Context, email, code, password string) (api.SignedIn, error) {
	return signedIn(call.Ask[api.SignedIn](ctx, &c.caller, http.MethodPost, "/v1/accounts/reset", struct {
		Email    string `json:"email"`
		Code     string `json:"code"`
		Password string `json:"password"`
	}{email, strings.TrimSpace(code), password}))
}

// SetDisplayName changes the name shown beside the handle; an empty one takes it away.
func (c *Client) SetDisplayName(ctx context.Context, name string) (api.Me, error) {
	return call.Ask[api.Me](ctx, &c.caller, http.MethodPut, "/v1/me", struct {
		DisplayName string `json:"display_name"`
	}{name})
}

// ShowPresence decides whether others see that the person is connected and types;
// who hides sees nobody else's either.
func (c *Client) ShowPresence(ctx context.Context, shown bool) (api.Me, error) {
	presence := api.PresenceOff
	if shown {
		presence = api.PresenceOn
	}
	return call.Ask[api.Me](ctx, &c.caller, http.MethodPatch, "/v1/me", struct {
		Presence string `json:"presence"`
	}{presence})
}

// ChangePassword sets a new password and ends the other sessions (promise R when it returns nil).
func (c *Client) ChangePassword(ctx context.Context, old, password string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/me/password", struct {
		Password    string `json:"password"`
		NewPassword string `json:"new_password"`
	}{old, password})
	return err
}

// ChangeEmail asks for another address; a code goes to it, for ConfirmEmail.
func (c *Client) ChangeEmail(ctx context.Context, email, password string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/me/email", struct {
		Email    string `json:"email"`
		Password string `json:"password"`
	}{email, password})
	return err
}

// ConfirmEmail gives the account the address that the code went to.
func (c *Client) ConfirmEmail(ctx context.Context, email, code string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/me/email/confirm", struct {
		Email string `json:"email"`
		Code  string `json:"code"`
	}{email, strings.TrimSpace(code)})
	return err
}

// CreateToken begins a session for a bot, which ends only when it is revoked.
func (c *Client) CreateToken(ctx context.Context, name string) (api.SignedIn, error) {
	return signedIn(call.Ask[api.SignedIn](ctx, &c.caller, http.MethodPost, "/v1/tokens", struct {
		Name string `json:"name"`
	}{name}))
}

// Erase deletes the account (promise R when it returns nil); its messages become tombstones soon after.
func (c *Client) Erase(ctx context.Context, password string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/me/erase", struct {
		Password string `json:"password"`
	}{password})
	return err
}

// BecomeFirst makes the account the first administrator, for the token in the server's data directory.
func (c *Client) BecomeFirst(ctx context.Context, token string) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPost, "/v1/bootstrap", struct {
		Token string `json:"token"`
	}{token})
	return err
}

// Export writes all of the person's own data to w as one JSON object. After an
// error what was written is not whole.
func (c *Client) Export(ctx context.Context, w io.Writer) error {
	const path = "/v1/me/export"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.caller.Base+path, nil)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", path, err)
	}
	c.caller.Sign(req.Header)
	resp, err := c.caller.HTTP.Do(req)
	if err != nil {
		return call.Unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(resp.Body, call.MaxAnswer))
		if p := call.Refusal(resp, body); p != nil {
			return p
		}
		return errors.Join(fmt.Errorf("the server answered %s", resp.Status), err)
	}
	export := bufio.NewReader(resp.Body)
	first, err := export.Peek(1)
	if err == nil && first[0] != '{' {
		return fmt.Errorf("%w: it is no export", ErrForeign)
	}
	if err == nil {
		_, err = io.Copy(w, export)
	}
	if err != nil {
		return fmt.Errorf("the export broke off and is not whole: %w", err)
	}
	return nil
}
