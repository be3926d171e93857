package admin_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/admin"
	"github.com/chatctl/chatctl/server/store"
)

const dull = "a long and dull sentence"

// every is each route, with a body where it takes one.
var every = [][3]string{
	{"POST", "/admin/v1/users", ada}, {"GET", "/admin/v1/users", ""}, {"GET", "/admin/v1/users/root", ""},
	{"POST", "/admin/v1/users/root/suspend", ""}, {"POST", "/admin/v1/users/root/resume", ""}, {"DELETE", "/admin/v1/users/root", ""},
	{"POST", "/admin/v1/users/root/reset-password", "{}"}, {"GET", "/admin/v1/users/root/sessions", ""},
	{"DELETE", "/admin/v1/users/root/sessions", ""}, {"DELETE", "/admin/v1/users/root/sessions/" + api.NewSessionID().String(), ""},
	{"PUT", "/admin/v1/users/plain/grants/admin", ""}, {"DELETE", "/admin/v1/users/root/grants/admin", ""},
	{"POST", "/admin/v1/invites", "{}"}, {"GET", "/admin/v1/invites", ""}, {"DELETE", "/admin/v1/invites/x", ""},
	{"GET", "/admin/v1/audit", ""}, {"GET", "/admin/v1/mail", ""}, {"GET", "/admin/v1/held", ""},
	{"POST", "/admin/v1/held/x/y/retry", ""}, {"POST", "/admin/v1/held/x/y/drop", ""},
	{"GET", "/admin/v1/held/at/actions.chat/0/7", ""},
	{"POST", "/admin/v1/held/at/actions.chat/0/7/drop", ""},
	{"GET", "/admin/v1/reports", ""}, {"GET", "/admin/v1/reports/1", ""}, {"POST", "/admin/v1/reports/1/close", ""},
	{"POST", "/admin/v1/loadtest/people", `{"count":1}`}, {"GET", "/admin/v1/whoami", ""}, {"GET", "/admin/v1/status", ""}, {"GET", "/admin/v1/config", ""},
	{"GET", "/admin/v1/conversations", ""}, {"GET", "/admin/v1/conversations/x", ""}, {"GET", "/admin/v1/conversations/x/members", ""},
	{"GET", "/admin/v1/actions/x", ""}, {"GET", "/admin/v1/connections", ""}, {"GET", "/admin/v1/connections/1", ""}, {"DELETE", "/admin/v1/connections/1", ""},
	{"GET", "/admin/v1/stats", ""}, {"POST", "/admin/v1/backups", `{"dir":"/tmp/x"}`}, {"GET", "/admin/v1/erased", ""},
}

// abroad is an administration over the network with an administrator and a plain account.
type abroad struct {
	t           *testing.T
	accounts    *account.Service
	h           http.Handler
	root, plain string // tokens
}

func newAbroad(t *testing.T) *abroad {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "accounts.db"), store.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(slog.DiscardHandler)
	a := &abroad{t: t}
	a.accounts = account.New(account.Config{DB: db, Mail: &office{}, Log: log, Hash: account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1},
		Publish: func(context.Context, []bus.Record) error { return nil },
		Applied: func(context.Context, api.UserID, int64) error { return nil }})
	a.must(a.accounts.Migrate(t.Context()))
	a.root, a.plain = a.person("root"), a.person("plain")
	_, err = a.accounts.As("owner").Grant(t.Context(), "root", register.Administrator)
	a.must(err)
	a.h = admin.Remote(admin.Config{Accounts: a.accounts, Log: log, Status: func(context.Context) any { return struct{}{} }})
	return a
}

func (a *abroad) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *abroad) person(handle string) (token string) {
	a.t.Helper()
	_, err := a.accounts.As("owner").CreateUser(a.t.Context(), register.Applicant{Handle: handle, Email: handle + "@example.net", Password: dull})
	a.must(err)
	in, err := a.accounts.SignIn(a.t.Context(), handle, dull, "", "192.0.2.1")
	a.must(err)
	return in.Token
}

func (a *abroad) ask(token, method, path, body string) (int, string) {
	r := httptest.NewRequestWithContext(a.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	a.h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestOverTheNetworkEveryRouteIsForAdministratorsAlone(t *testing.T) {
	a := newAbroad(t)
	for _, r := range every {
		for token, want := range map[string]int{"": 401, "chatctl_" + strings.Repeat("0", 43): 401, a.plain: 403} {
			if status, body := a.ask(token, r[0], r[1], r[2]); status != want {
				t.Errorf("%s %s: %d %s, want %d", r[0], r[1], status, body, want)
			}
		}
	}
	list, err := a.accounts.Audit(t.Context(), "", "", "", 100)
	if a.must(err); len(list) != 3 { // what the test itself did
		t.Errorf("%+v", list)
	}
}

func TestAnAdministratorActsUnderTheirOwnNameUntilTheRightIsTakenBack(t *testing.T) {
	a := newAbroad(t)
	if status, body := a.ask(a.root, "POST", "/admin/v1/users", ada); status != 201 {
		t.Fatal(status, body)
	}
	if status, body := a.ask(a.root, "POST", "/admin/v1/backups", `{"dir":"/tmp/x"}`); status != 403 {
		t.Error("an account wrote files on the server's machine:", status, body)
	}
	list, err := a.accounts.Audit(t.Context(), "", "@root", "", 100)
	if a.must(err); len(list) != 1 || list[0].Act != "users.create" || list[0].Object != "ada" {
		t.Errorf("%+v", list)
	}
	_, err = a.accounts.As("owner").Ungrant(t.Context(), "root", register.Administrator)
	a.must(err)
	if status, _ := a.ask(a.root, "GET", "/admin/v1/users", ""); status != 403 {
		t.Error(status)
	}
	_, err = a.accounts.As("owner").Grant(t.Context(), "root", register.Administrator)
	a.must(err)
	_, err = a.accounts.As("owner").Suspend(t.Context(), "root", "", 0)
	a.must(err)
	if status, _ := a.ask(a.root, "GET", "/admin/v1/users", ""); status != 403 {
		t.Error(status)
	}
}
