// Package adminapi is the Go client of the administration API, for the commands and
// the console of administrators.
//
// What it reads is not trusted to be safe for a terminal: that is text.Show's.
package adminapi

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/internal/call"
	"github.com/go-json-experiment/json/jsontext"
)

// Client asks a server's administration API: over its unix socket, where who may
// open that file is the owner and no token is sent, or over the network as an
// account with the grant admin. Methods may be called concurrently; their errors
// are those of client.Client.
type Client struct{ caller call.Caller }

// New returns a client of the socket at path; it does not connect.
func New(path string) *Client {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}
	return &Client{call.Caller{Base: "http://admin.sock", HTTP: call.HTTP(t)}}
}

// NewRemote returns a client of the administration API that cfg.Server names,
// as the account of cfg.Token; it does not connect. The error says what is wrong with cfg.Server.
func NewRemote(cfg client.Config) (*Client, error) {
	c, err := client.New(cfg)
	if err != nil {
		return nil, err
	}
	return &Client{c.Caller()}, nil
}

// Close ends the idle connections.
func (a *Client) Close() { a.caller.HTTP.CloseIdleConnections() }

// NewUser is an account to make.
type NewUser struct {
	Handle      string `json:"handle"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	DisplayName string `json:"display_name,omitempty"`
	Verified    bool   `json:"verified,omitempty"` // no code is sent
}

// CreateUser makes an account.
func (a *Client) CreateUser(ctx context.Context, u NewUser) (api.User, error) {
	return call.Ask[api.User](ctx, &a.caller, http.MethodPost, "/admin/v1/users", u)
}

// Users lists the accounts that f keeps, after a handle, by handle: one page,
// which is empty after the last.
func (a *Client) Users(ctx context.Context, f api.UserFilter, after string) ([]api.User, error) {
	query := call.Query{"q": f.Text, "state": string(f.State), "grant": f.Grant, "after": after, "limit": "500"}
	if f.Bots {
		query["bots"] = "true"
	}
	l, err := call.Ask[struct {
		Users []api.User `json:"users"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/users"+query.String(), nil)
	return l.Users, err
}

// User reads one account.
func (a *Client) User(ctx context.Context, handle string) (api.User, error) {
	return call.Ask[api.User](ctx, &a.caller, http.MethodGet, userPath(handle), nil)
}

// Suspend ends what an account may do, until a moment or for good (0) (promise R
// when it returns nil); the audit keeps the reason, which may be empty.
func (a *Client) Suspend(ctx context.Context, handle, reason string, until api.Time) (api.User, error) {
	return call.Ask[api.User](ctx, &a.caller, http.MethodPost, userPath(handle)+"/suspend", struct {
		Reason string   `json:"reason,omitempty"`
		Until  api.Time `json:"until,omitzero"`
	}{reason, until})
}

// Resume gives it back.
func (a *Client) Resume(ctx context.Context, handle string) (api.User, error) {
	return call.Ask[api.User](ctx, &a.caller, http.MethodPost, userPath(handle)+"/resume", nil)
}

// Grant gives an account a right.
func (a *Client) Grant(ctx context.Context, handle, grant string) error {
	_, err := call.Ask[call.None](ctx, &a.caller, http.MethodPut, userPath(handle)+"/grants/"+url.PathEscape(grant), nil)
	return err
}

// Revoke takes it away.
func (a *Client) Revoke(ctx context.Context, handle, grant string) error {
	_, err := call.Ask[call.None](ctx, &a.caller, http.MethodDelete, userPath(handle)+"/grants/"+url.PathEscape(grant), nil)
	return err
}

// Delete erases an account (promise R when it returns nil; its messages become tombstones soon after).
func (a *Client) Delete(ctx context.Context, handle string) (api.User, error) {
	return call.Ask[api.User](ctx, &a.caller, http.MethodDelete, userPath(handle), nil)
}

// ResetPassword gives an account another password, which ends its sessions, or
// with none sends its address a code for one.
func (a *Client) ResetPassword(ctx context.Context, handle, password string) (api.User, error) {
	return call.Ask[api.User](ctx, &a.caller, http.MethodPost, userPath(handle)+"/reset-password", struct {
		Password string `json:"password,omitempty"`
	}{password})
}

// Sessions lists an account's sign-ins.
func (a *Client) Sessions(ctx context.Context, handle string) ([]api.Session, error) {
	l, err := call.Ask[struct {
		Sessions []api.Session `json:"sessions"`
	}](ctx, &a.caller, http.MethodGet, userPath(handle)+"/sessions", nil)
	return l.Sessions, err
}

// EndSessions ends one session of an account, or with the zero id all (promise R when it returns nil).
func (a *Client) EndSessions(ctx context.Context, handle string, id api.SessionID) (api.User, error) {
	path := userPath(handle) + "/sessions"
	if !id.IsZero() {
		path += "/" + id.String()
	}
	return call.Ask[api.User](ctx, &a.caller, http.MethodDelete, path, nil)
}

// CreateInvite makes an invite for uses accounts (0: any number) until expires; only the answer has its code.
func (a *Client) CreateInvite(ctx context.Context, note string, uses int64, expires api.Time) (api.Invite, error) {
	return call.Ask[api.Invite](ctx, &a.caller, http.MethodPost, "/admin/v1/invites", struct {
		Note    string   `json:"note,omitempty"`
		Uses    int64    `json:"uses"`
		Expires api.Time `json:"expires"`
	}{note, uses, expires})
}

// Invites reads all invites, oldest first.
func (a *Client) Invites(ctx context.Context) ([]api.Invite, error) {
	return call.Pages(func(last *api.Invite) ([]api.Invite, error) {
		ask := call.Query{"limit": "200"}
		if last != nil {
			ask["after"] = last.Invite
		}
		l, err := call.Ask[struct {
			Invites []api.Invite `json:"invites"`
		}](ctx, &a.caller, http.MethodGet, "/admin/v1/invites"+ask.String(), nil)
		return l.Invites, err
	})
}

// RevokeInvite ends an invite.
func (a *Client) RevokeInvite(ctx context.Context, id string) error {
	_, err := call.Ask[call.None](ctx, &a.caller, http.MethodDelete, "/admin/v1/invites/"+url.PathEscape(id), nil)
	return err
}

// Audit reads what administrators changed, oldest first, after a change's id
// ("": from the first); actor and object, where they are not empty, must be equal.
func (a *Client) Audit(ctx context.Context, after, actor, object string, limit int) ([]api.Audited, error) {
	ask := call.Query{"after": after, "actor": actor, "object": object, "limit": call.Number(int64(limit))}
	l, err := call.Ask[struct {
		Audit []api.Audited `json:"audit"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/audit"+ask.String(), nil)
	return l.Audit, err
}

// Mail reads the development mailbox after a letter's number, to one address or (empty) to all.
func (a *Client) Mail(ctx context.Context, to string, after int64, limit int) ([]api.Letter, error) {
	l, err := call.Ask[struct {
		Mail []api.Letter `json:"mail"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/mail"+call.Query{"to": to, "after": call.Number(after), "limit": call.Number(int64(limit))}.String(), nil)
	return l.Mail, err
}

// Held reads held records after a number, oldest first.
func (a *Client) Held(ctx context.Context, after int64, limit int) ([]api.Held, error) {
	l, err := call.Ask[struct {
		Held []api.Held `json:"held"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/held"+call.Query{"after": call.Number(after), "limit": call.Number(int64(limit))}.String(), nil)
	return l.Held, err
}

// HeldAt reads what is held at a place of a log and has no sender that can be
// read, with its bytes.
func (a *Client) HeldAt(ctx context.Context, topic string, partition int, position int64) ([]api.Held, error) {
	l, err := call.Ask[struct {
		Held []api.Held `json:"held"`
	}](ctx, &a.caller, http.MethodGet, placePath(topic, partition, position), nil)
	return l.Held, err
}

// RetryHeld decides a held action anew.
func (a *Client) RetryHeld(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error) {
	return call.Ask[api.Result](ctx, &a.caller, http.MethodPost, heldPath(sender, action)+"/retry", nil)
}

// DropHeld refuses a held action for good.
func (a *Client) DropHeld(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error) {
	return call.Ask[api.Result](ctx, &a.caller, http.MethodPost, heldPath(sender, action)+"/drop", nil)
}

// DropHeldAt drops what is held at a place of a log and has no sender that can be read.
func (a *Client) DropHeldAt(ctx context.Context, topic string, partition int, position int64) (api.Result, error) {
	return call.Ask[api.Result](ctx, &a.caller, http.MethodPost, placePath(topic, partition, position)+"/drop", nil)
}

// Reports reads reported messages after a number, oldest first, without their
// contexts; closed ones too if all.
func (a *Client) Reports(ctx context.Context, all bool, after int64, limit int) ([]api.Report, error) {
	q := call.Query{"after": call.Number(after), "limit": call.Number(int64(limit))}
	if all {
		q["state"] = "all"
	}
	l, err := call.Ask[struct {
		Reports []api.Report `json:"reports"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/reports"+q.String(), nil)
	return l.Reports, err
}

// Report reads one with its context.
func (a *Client) Report(ctx context.Context, n int64) (api.Report, error) {
	return call.Ask[api.Report](ctx, &a.caller, http.MethodGet, "/admin/v1/reports/"+strconv.FormatInt(n, 10), nil)
}

// CloseReport ends a report.
func (a *Client) CloseReport(ctx context.Context, n int64) (api.Result, error) {
	return call.Ask[api.Result](ctx, &a.caller, http.MethodPost, "/admin/v1/reports/"+strconv.FormatInt(n, 10)+"/close", nil)
}

// People makes throw-away people for a load test.
func (a *Client) People(ctx context.Context, count int, prefix string) ([]api.Credential, error) {
	l, err := call.Ask[struct {
		People []api.Credential `json:"people"`
	}](ctx, &a.caller, http.MethodPost, "/admin/v1/loadtest/people", struct {
		Count  int    `json:"count"`
		Prefix string `json:"prefix,omitempty"`
	}{count, prefix})
	return l.People, err
}

// Status reads how the server is, as it tells it.
func (a *Client) Status(ctx context.Context) (jsontext.Value, error) {
	return call.Ask[jsontext.Value](ctx, &a.caller, http.MethodGet, "/admin/v1/status", nil)
}

// Settings reads the settings in force.
func (a *Client) Settings(ctx context.Context) ([]api.Setting, error) {
	l, err := call.Ask[struct {
		Settings []api.Setting `json:"settings"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/config", nil)
	return l.Settings, err
}

// Stats reads how much the server holds and does.
func (a *Client) Stats(ctx context.Context) (api.Stats, error) {
	return call.Ask[api.Stats](ctx, &a.caller, http.MethodGet, "/admin/v1/stats", nil)
}

// Backup has the server make a backup in dir, an absolute path on its machine
// that must be new or empty. It takes as long as copying the databases does, and
// is given up, leaving nothing, when ctx ends.
func (a *Client) Backup(ctx context.Context, dir string) (api.Backup, error) {
	return call.Ask[api.Backup](ctx, &a.caller, http.MethodPost, "/admin/v1/backups", struct {
		Dir string `json:"dir"`
	}{dir})
}

// Erased lists erased accounts by id after one: one page, empty after the last.
func (a *Client) Erased(ctx context.Context, after api.UserID) ([]api.Erased, error) {
	ask := call.Query{"limit": "500"}
	if !after.IsZero() {
		ask["after"] = after.String()
	}
	l, err := call.Ask[struct {
		Erased []api.Erased `json:"erased"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/erased"+ask.String(), nil)
	return l.Erased, err
}

func userPath(handle string) string { return "/admin/v1/users/" + url.PathEscape(handle) }

func placePath(topic string, partition int, position int64) string {
	return fmt.Sprintf("/admin/v1/held/at/%s/%d/%d", url.PathEscape(topic), partition, position)
}

func heldPath(sender api.UserID, action api.ActionID) string {
	return "/admin/v1/held/" + sender.String() + "/" + action.String()
}
