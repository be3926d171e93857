package client

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json/jsontext"
)

// Admin asks a server's administration API: over its unix socket, where who may
// open that file is the owner and no token is sent, or over the network as an
// account with the grant admin. Methods may be called concurrently; their errors
// are those of Client.
type Admin struct{ caller }

// NewAdmin returns a client of the socket at path; it does not connect.
func NewAdmin(path string) *Admin {
	t := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}
	return &Admin{caller{base: "http://admin.sock", http: newHTTP(t)}}
}

// NewRemoteAdmin returns a client of the administration API that cfg.Server names,
// as the account of cfg.Token; it does not connect. The error says what is wrong with cfg.Server.
func NewRemoteAdmin(cfg Config) (*Admin, error) {
	c, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return &Admin{c.caller}, nil
}

// Close ends the idle connections.
func (a *Admin) Close() { a.http.CloseIdleConnections() }

// NewUser is an account to make.
type NewUser struct {
	Handle      string `json:"handle"`
	Email       string `json:"email"`
	Password    string `json:"password"`
	DisplayName string `json:"display_name,omitempty"`
	Verified    bool   `json:"verified,omitempty"` // no code is sent
}

// CreateUser makes an account.
func (a *Admin) CreateUser(ctx context.Context, u NewUser) (api.User, error) {
	return call[api.User](ctx, &a.caller, http.MethodPost, "/admin/v1/users", u)
}

// Users lists the accounts whose handle or address contains q, after a handle,
// by handle: one page, which is empty after the last.
func (a *Admin) Users(ctx context.Context, q, after string) ([]api.User, error) {
	l, err := call[struct {
		Users []api.User `json:"users"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/users"+query{"q": q, "after": after, "limit": "500"}.String(), nil)
	return l.Users, err
}

// User reads one account.
func (a *Admin) User(ctx context.Context, handle string) (api.User, error) {
	return call[api.User](ctx, &a.caller, http.MethodGet, userPath(handle), nil)
}

// Suspend ends what an account may do (promise R when it returns nil).
func (a *Admin) Suspend(ctx context.Context, handle string) (api.User, error) {
	return call[api.User](ctx, &a.caller, http.MethodPost, userPath(handle)+"/suspend", nil)
}

// Resume gives it back.
func (a *Admin) Resume(ctx context.Context, handle string) (api.User, error) {
	return call[api.User](ctx, &a.caller, http.MethodPost, userPath(handle)+"/resume", nil)
}

// Grant gives an account a right.
func (a *Admin) Grant(ctx context.Context, handle, grant string) error {
	_, err := call[jsontext.Value](ctx, &a.caller, http.MethodPut, userPath(handle)+"/grants/"+url.PathEscape(grant), nil)
	return err
}

// Revoke takes it away.
func (a *Admin) Revoke(ctx context.Context, handle, grant string) error {
	_, err := call[jsontext.Value](ctx, &a.caller, http.MethodDelete, userPath(handle)+"/grants/"+url.PathEscape(grant), nil)
	return err
}

// Delete erases an account (promise R when it returns nil; its messages become tombstones soon after).
func (a *Admin) Delete(ctx context.Context, handle string) (api.User, error) {
	return call[api.User](ctx, &a.caller, http.MethodDelete, userPath(handle), nil)
}

// ResetPassword gives an account another password, which ends its sessions, or
// with none sends its address a code for one.
func (a *Admin) ResetPassword(ctx context.Context, handle, password string) (api.User, error) {
	return call[api.User](ctx, &a.caller, http.MethodPost, userPath(handle)+"/reset-password", struct {
		Password string `json:"password,omitempty"`
	}{password})
}

// Sessions lists an account's sign-ins.
func (a *Admin) Sessions(ctx context.Context, handle string) ([]api.Session, error) {
	l, err := call[struct {
		Sessions []api.Session `json:"sessions"`
	}](ctx, &a.caller, http.MethodGet, userPath(handle)+"/sessions", nil)
	return l.Sessions, err
}

// EndSessions ends one session of an account, or with the zero id all (promise R when it returns nil).
func (a *Admin) EndSessions(ctx context.Context, handle string, id api.SessionID) (api.User, error) {
	path := userPath(handle) + "/sessions"
	if !id.IsZero() {
		path += "/" + id.String()
	}
	return call[api.User](ctx, &a.caller, http.MethodDelete, path, nil)
}

// CreateInvite makes an invite for uses accounts (0: any number) until expires; only the answer has its code.
func (a *Admin) CreateInvite(ctx context.Context, note string, uses int64, expires api.Time) (api.Invite, error) {
	return call[api.Invite](ctx, &a.caller, http.MethodPost, "/admin/v1/invites", struct {
		Note    string   `json:"note,omitempty"`
		Uses    int64    `json:"uses"`
		Expires api.Time `json:"expires"`
	}{note, uses, expires})
}

// Invites reads all invites, oldest first.
func (a *Admin) Invites(ctx context.Context) ([]api.Invite, error) {
	return pages(func(last *api.Invite) ([]api.Invite, error) {
		ask := query{"limit": "200"}
		if last != nil {
			ask["after"] = last.Invite
		}
		l, err := call[struct {
			Invites []api.Invite `json:"invites"`
		}](ctx, &a.caller, http.MethodGet, "/admin/v1/invites"+ask.String(), nil)
		return l.Invites, err
	})
}

// RevokeInvite ends an invite.
func (a *Admin) RevokeInvite(ctx context.Context, id string) error {
	_, err := call[jsontext.Value](ctx, &a.caller, http.MethodDelete, "/admin/v1/invites/"+url.PathEscape(id), nil)
	return err
}

// Audit reads what administrators changed, oldest first, after a change's id
// ("": from the first); actor and object, where they are not empty, must be equal.
func (a *Admin) Audit(ctx context.Context, after, actor, object string, limit int) ([]api.Audited, error) {
	ask := query{"after": after, "actor": actor, "object": object, "limit": number(int64(limit))}
	l, err := call[struct {
		Audit []api.Audited `json:"audit"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/audit"+ask.String(), nil)
	return l.Audit, err
}

// Mail reads the development mailbox after a letter's number, to one address or (empty) to all.
func (a *Admin) Mail(ctx context.Context, to string, after int64, limit int) ([]api.Letter, error) {
	l, err := call[struct {
		Mail []api.Letter `json:"mail"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/mail"+query{"to": to, "after": number(after), "limit": number(int64(limit))}.String(), nil)
	return l.Mail, err
}

// Held reads held records after a number, oldest first.
func (a *Admin) Held(ctx context.Context, after int64, limit int) ([]api.Held, error) {
	l, err := call[struct {
		Held []api.Held `json:"held"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/held"+query{"after": number(after), "limit": number(int64(limit))}.String(), nil)
	return l.Held, err
}

// RetryHeld decides a held action anew.
func (a *Admin) RetryHeld(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error) {
	return call[api.Result](ctx, &a.caller, http.MethodPost, heldPath(sender, action)+"/retry", nil)
}

// DropHeld refuses a held action for good.
func (a *Admin) DropHeld(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error) {
	return call[api.Result](ctx, &a.caller, http.MethodPost, heldPath(sender, action)+"/drop", nil)
}

// Reports reads reported messages after a number, oldest first, without their
// contexts; closed ones too if all.
func (a *Admin) Reports(ctx context.Context, all bool, after int64, limit int) ([]api.Report, error) {
	q := query{"after": number(after), "limit": number(int64(limit))}
	if all {
		q["state"] = "all"
	}
	l, err := call[struct {
		Reports []api.Report `json:"reports"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/reports"+q.String(), nil)
	return l.Reports, err
}

// Report reads one with its context.
func (a *Admin) Report(ctx context.Context, n int64) (api.Report, error) {
	return call[api.Report](ctx, &a.caller, http.MethodGet, "/admin/v1/reports/"+strconv.FormatInt(n, 10), nil)
}

// CloseReport ends a report.
func (a *Admin) CloseReport(ctx context.Context, n int64) (api.Result, error) {
	return call[api.Result](ctx, &a.caller, http.MethodPost, "/admin/v1/reports/"+strconv.FormatInt(n, 10)+"/close", nil)
}

// People makes throw-away people for a load test.
func (a *Admin) People(ctx context.Context, count int, prefix string) ([]api.Credential, error) {
	return people(ctx, &a.caller, "/admin/v1/loadtest/people", count, prefix)
}

// Status reads how the server is, as it tells it.
func (a *Admin) Status(ctx context.Context) (jsontext.Value, error) {
	return call[jsontext.Value](ctx, &a.caller, http.MethodGet, "/admin/v1/status", nil)
}

// Settings reads the settings in force.
func (a *Admin) Settings(ctx context.Context) ([]api.Setting, error) {
	l, err := call[struct {
		Settings []api.Setting `json:"settings"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/config", nil)
	return l.Settings, err
}

// Stats reads how much the server holds and does.
func (a *Admin) Stats(ctx context.Context) (api.Stats, error) {
	return call[api.Stats](ctx, &a.caller, http.MethodGet, "/admin/v1/stats", nil)
}

// Backup has the server make a backup in dir, an absolute path on its machine
// that must be new or empty. It takes as long as copying the databases does, and
// is given up, leaving nothing, when ctx ends.
func (a *Admin) Backup(ctx context.Context, dir string) (api.Backup, error) {
	return call[api.Backup](ctx, &a.caller, http.MethodPost, "/admin/v1/backups", struct {
		Dir string `json:"dir"`
	}{dir})
}

// Erased lists erased accounts by id after one: one page, empty after the last.
func (a *Admin) Erased(ctx context.Context, after api.UserID) ([]api.Erased, error) {
	ask := query{"limit": "500"}
	if !after.IsZero() {
		ask["after"] = after.String()
	}
	l, err := call[struct {
		Erased []api.Erased `json:"erased"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/erased"+ask.String(), nil)
	return l.Erased, err
}

func userPath(handle string) string { return "/admin/v1/users/" + url.PathEscape(handle) }

func heldPath(sender api.UserID, action api.ActionID) string {
	return "/admin/v1/held/" + sender.String() + "/" + action.String()
}
