package admin_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/admin"
	"github.com/chatctl/chatctl/server/store"
)

// office is an administration with one held record and one letter.
type office struct {
	t    *testing.T
	h    http.Handler
	db   store.DB
	held api.Held
	acts []*topic.Envelope

	accounts *account.Service
}

func (o *office) List(to string, after int64, limit int) ([]api.Letter, error) {
	if after >= 7 || to != "" && to != "ada@example.org" || limit < 1 {
		return nil, nil
	}
	return []api.Letter{{Number: 7, To: "ada@example.org", Subject: "Your code", Text: "01234567"}}, nil
}

func (o *office) Reports(_ context.Context, all bool, after int64, _ int) ([]api.Report, error) {
	if after >= 5 || !all {
		return nil, nil
	}
	return []api.Report{{Number: 5, Reporter: "ada", Reported: "bob"}}, nil
}

func (o *office) Report(_ context.Context, n int64) (api.Report, error) {
	if n != 5 {
		return api.Report{}, api.NewProblem("not_found", "")
	}
	return api.Report{Number: 5, Conversation: o.held.Conversation, Context: []api.Copied{{Seq: 1, Sender: "bob", Versions: []string{"rude"}}}}, nil
}

func (o *office) Send(context.Context, string, string, string) error { return nil }

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, held: api.Held{Number: 3, Sender: api.NewUserID(), Action: api.NewActionID(), Conversation: api.NewConversationID(), Cause: "test"}}
	var err error
	if o.db, err = store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "accounts.db"), store.SQLiteOptions{}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	accounts := account.New(account.Config{DB: o.db, Mail: o, Log: log, Hash: account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1},
		Publish: func(context.Context, []bus.Record) error { return nil },
		Applied: func(context.Context, api.UserID, int64) error { return nil }})
	if err := accounts.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.accounts = accounts
	t.Cleanup(func() {
		if err := o.db.Close(); err != nil {
			t.Error(err)
		}
	})
	o.h = admin.New(admin.Config{Accounts: accounts, Mailbox: o, Log: log,
		Held: func(_ context.Context, after int64, _ int) ([]api.Held, error) {
			if after >= o.held.Number {
				return nil, nil
			}
			return []api.Held{o.held}, nil
		},
		HeldAt: func(_ context.Context, at topic.Place) ([]api.Held, error) {
			if o.held.Topic != at.Topic || o.held.Partition != at.Partition || o.held.Position != at.Position || !o.held.Sender.IsZero() {
				return nil, nil
			}
			return []api.Held{o.held}, nil
		},
		Reports: o,
		Act: func(_ context.Context, e *topic.Envelope) (api.Result, error) {
			o.acts = append(o.acts, e)
			return api.Result{Action: e.Action.ID, Outcome: api.HeldRetried}, nil
		},
		Status: func(context.Context) any { return map[string]string{"version": "test"} },
		Stats:  func(context.Context) (api.Stats, error) { return api.Stats{Messages: 42}, nil },
		Backup: func(_ context.Context, dir string) (api.Backup, error) {
			if dir != "/backups/monday" {
				return api.Backup{}, api.Invalid("/dir", "it is not empty")
			}
			return api.Backup{Dir: dir, Messages: 42}, nil
		},
		Erased: func(_ context.Context, after api.UserID, limit int) ([]api.Erased, error) {
			if !after.IsZero() || limit != 7 {
				return nil, nil
			}
			return []api.Erased{{User: o.held.Sender, Time: 1}}, nil
		},
	})
	return o
}

// ask makes a request and checks the answer's status and that it holds want.
func (o *office) ask(method, path, body string, status int, want string) {
	o.t.Helper()
	r := httptest.NewRequestWithContext(o.t.Context(), method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	o.h.ServeHTTP(w, r)
	kind := "application/json"
	if status >= 400 {
		kind = "application/problem+json"
	}
	if w.Code != status || !strings.Contains(w.Body.String(), want) || w.Header().Get("Content-Type") != kind {
		o.t.Errorf("%s %s %s: %d %s, want %d with %s", method, path, body, w.Code, w.Body, status, want)
	}
}

const ada = `{"handle":"ada","email":"ada@example.org","password":"a long and dull sentence","verified":true}`

func TestAccountsAreAdministered(t *testing.T) {
	o := newOffice(t)
	o.ask("POST", "/admin/v1/users", ada, 201, `"verified":true`)
	o.ask("POST", "/admin/v1/users", ada, 400, `"/email"`)
	o.ask("GET", "/admin/v1/users?limit=1&after=a&q=ad", "", 200, `{"users":[{`)
	o.ask("GET", "/admin/v1/users?after=ada", "", 200, `{"users":[]}`)
	o.ask("GET", "/admin/v1/users/ada", "", 200, `"handle":"ada"`)
	o.ask("GET", "/admin/v1/users/bob", "", 404, `"not_found"`)
	o.ask("POST", "/admin/v1/users/ada/suspend", "", 200, `"suspended":true`)
	o.ask("POST", "/admin/v1/users/ada/resume", "{}", 200, `"suspended":false`)
	o.ask("POST", "/admin/v1/users/ada/suspend", `{"until":"2099-01-02T03:04:05Z"}`, 200, `"until":"2099-01-02T03:04:05.000Z"`)
	o.ask("POST", "/admin/v1/users/ada/suspend", "", 200, `"suspended":true,"deleted"`)
	o.ask("PUT", "/admin/v1/users/ada/grants/loadtest", "", 200, `"grants":["loadtest"]`)
	o.ask("DELETE", "/admin/v1/users/ada/grants/loadtest", "", 200, `"grants":[]`)
	o.ask("PUT", "/admin/v1/users/ada/grants/root", "", 404, `"not_found"`)
	o.ask("POST", "/admin/v1/loadtest/people", `{"count":3,"prefix":"swarm"}`, 201, `"token":"chatctl_`)
	o.audited(8)
}

func TestHeldRecordsAreDecidedInTheirPartition(t *testing.T) {
	o := newOffice(t)
	o.ask("GET", "/admin/v1/held?after=0&limit=10", "", 200, o.held.Action.String())
	o.ask("GET", "/admin/v1/held?after=3", "", 200, `{"held":[]}`)
	path := "/admin/v1/held/" + o.held.Sender.String() + "/" + o.held.Action.String()
	o.ask("POST", path+"/retry", "", 200, `"held.retried"`)
	o.ask("POST", path+"/drop", "", 200, `"action"`)
	o.ask("POST", "/admin/v1/held/"+o.held.Sender.String()+"/"+api.NewActionID().String()+"/drop", "", 404, `"not_found"`)
	o.ask("POST", "/admin/v1/held/x/y/drop", "", 404, `"not_found"`)
	if len(o.acts) != 2 {
		t.Fatalf("%d actions", len(o.acts))
	}
	for i, want := range []api.ActionType{api.RetryHeld, api.DropHeld} {
		e, err := topic.DecodeEnvelope(o.acts[i].Encode())
		if err != nil || e.Action.Type != want || e.Held != o.held.Action || e.Of != o.held.Sender || e.Conversation() != o.held.Conversation {
			t.Errorf("published %+v, %v", e, err)
		}
	}
	o.audited(2)
}

func TestAHeldRecordWithoutASenderIsDroppedByItsPlace(t *testing.T) {
	o := newOffice(t)
	o.held.Sender, o.held.Action, o.held.Topic, o.held.Position = api.UserID{}, api.ActionID{}, "accounts", 17
	for _, path := range []string{"accounts/0/18", "accounts/1/17", "actions.chat/0/17", "accounts/x/17", "accounts/0/-17", "accounts/0/9007199254740993"} {
		o.ask("POST", "/admin/v1/held/at/"+path+"/drop", "", 404, `"not_found"`)
	}
	o.held.Record = []byte("no\x00JSON")
	o.ask("GET", "/admin/v1/held/at/accounts/0/18", "", 404, `"not_found"`)
	o.ask("GET", "/admin/v1/held/at/accounts/0/17", "", 200, `"record":"bm8ASlNPTg=="`)
	o.ask("POST", "/admin/v1/held/at/accounts/0/17/drop", "", 200, `"action"`)
	if len(o.acts) != 1 {
		t.Fatalf("%d actions", len(o.acts))
	}
	e, err := topic.DecodeEnvelope(o.acts[0].Encode())
	if err != nil || e.Action.Type != api.DropHeld || *e.HeldAt != (topic.Place{Topic: "accounts", Position: 17}) || !e.Session.IsZero() {
		t.Errorf("published %+v, %v", e, err)
	}
	o.audited(1)
}

func TestReportsAreReadAndClosedInTheirPartition(t *testing.T) {
	o := newOffice(t)
	o.ask("GET", "/admin/v1/reports", "", 200, `{"reports":[]}`)
	o.ask("GET", "/admin/v1/reports?state=all&after=0", "", 200, `"number":5`)
	o.ask("GET", "/admin/v1/reports?state=some", "", 400, "state")
	o.ask("GET", "/admin/v1/reports/5", "", 200, `"versions":["rude"]`)
	o.ask("GET", "/admin/v1/reports/6", "", 404, "not_found")
	o.ask("GET", "/admin/v1/reports/x", "", 404, "not_found")
	o.ask("POST", "/admin/v1/reports/6/close", "", 404, "not_found")
	o.ask("POST", "/admin/v1/reports/5/close", "", 200, `"action"`)
	if len(o.acts) != 1 {
		t.Fatalf("%d actions", len(o.acts))
	}
	e, err := topic.DecodeEnvelope(o.acts[0].Encode())
	if err != nil || e.Action.Type != api.CloseReport || e.Report != 5 || e.Conversation() != o.held.Conversation || !e.Session.IsZero() {
		t.Errorf("published %+v, %v", e, err)
	}
	o.audited(1)
}

func TestMailboxAndStatusAreRead(t *testing.T) {
	o := newOffice(t)
	o.ask("GET", "/admin/v1/mail?to=ada@example.org&after=6", "", 200, `"number":7`)
	o.ask("GET", "/admin/v1/mail?after=7", "", 200, `{"mail":[]}`)
	o.ask("GET", "/admin/v1/status", "", 200, `"version"`)
}

func TestBackupsAreMadeAndAudited(t *testing.T) {
	o := newOffice(t)
	o.ask("POST", "/admin/v1/backups", `{"dir":"/backups/./monday"}`, 201, `{"dir":"/backups/monday",`)
	o.ask("POST", "/admin/v1/backups", `{"dir":"/backups/tuesday"}`, 400, "not empty")
	o.ask("GET", "/admin/v1/erased?limit=7", "", 200, o.held.Sender.String())
	o.ask("GET", "/admin/v1/erased?after="+o.held.Sender.String(), "", 200, `{"erased":[]}`)
	o.ask("GET", "/admin/v1/stats", "", 200, `"messages":42`)
	o.audited(2)
}

func TestBadRequestsAreProblemsAndChangeNothing(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/admin/v1/nothing", "", 404, "not_found"},
		{"GET", "/", "", 404, "not_found"},
		{"PATCH", "/admin/v1/users", "", 405, "GET, POST"},
		{"POST", "/admin/v1/users", "", 415, "unsupported"},
		{"POST", "/admin/v1/users", `{`, 400, "invalid"},
		{"POST", "/admin/v1/users", `[]`, 400, "invalid"},
		{"POST", "/admin/v1/users", `{"handle":"ada","handle":"bob"}`, 400, "invalid"},
		{"POST", "/admin/v1/users", `{"handle":"ada","root":true}`, 400, "/root"},
		{"POST", "/admin/v1/users", ada + ada, 400, "invalid"},
		{"POST", "/admin/v1/users", strings.Replace(ada, "true", "false", 1), 400, "/verified"},
		{"POST", "/admin/v1/users", strings.Repeat(" ", api.MaxBody+1), 413, "too_large"},
		{"GET", "/admin/v1/users?limit=0", "", 400, "limit"},
		{"GET", "/admin/v1/users?limit=1&limit=2", "", 400, "limit"},
		{"GET", "/admin/v1/users?state=", "", 400, "give state once"},
		{"GET", "/admin/v1/users?after=", "", 400, "give after once"},
		{"GET", "/admin/v1/users?limit=%2B1", "", 400, "limit"},
		{"GET", "/admin/v1/users?page=1", "", 400, "no such parameter"},
		{"GET", "/admin/v1/users?q=%zz", "", 400, "invalid"},
		{"GET", "/admin/v1/held?after=-1", "", 400, "after"},
		{"GET", "/admin/v1/mail?after=99999999999999999999", "", 400, "after"},
		{"POST", "/admin/v1/users/ada/suspend", `{"for":"ever"}`, 400, "/for"},
		{"POST", "/admin/v1/users/ada/suspend", `{"until":"tomorrow"}`, 400, "/until"},
		{"POST", "/admin/v1/users/ada/suspend", `{"until":"1970-01-01T00:00:00Z"}`, 400, "/until"},
		{"POST", "/admin/v1/users/ada/suspend", `{"until":"2020-01-01T00:00:00Z"}`, 400, "/until"},
		{"POST", "/admin/v1/backups", `{"dir":"backups/monday"}`, 400, "/dir"},
		{"POST", "/admin/v1/backups", `{}`, 400, "/dir"},
		{"GET", "/admin/v1/backups", "", 405, "POST"},
		{"GET", "/admin/v1/erased?after=me", "", 400, "after"},
		{"POST", "/admin/v1/users/ada/suspend", "", 404, "not_found"},
		{"POST", "/admin/v1/loadtest/people", `{"count":-1}`, 400, "/count"},
		{"POST", "/admin/v1/loadtest/people", `{"count":1,"prefix":"\u001b"}`, 400, "/prefix"},
	} {
		o.ask(c.method, c.path, c.body, c.status, c.want)
	}
	o.audited(0)
}

func TestWhatIsNoFaultOfTheCallersIsNotTold(t *testing.T) {
	h := admin.New(admin.Config{Log: slog.New(slog.DiscardHandler),
		Held: func(context.Context, int64, int) ([]api.Held, error) { return nil, errors.New("disk sector 7") }})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/admin/v1/held", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(string(body), "sector") {
		t.Fatalf("%d %s %v", w.Code, body, err)
	}
}

func (o *office) audited(want int64) {
	o.t.Helper()
	var n int64
	err := o.db.Read(o.t.Context(), func(tx store.Tx) error { return tx.Row(`SELECT COUNT(*) FROM audit`).Scan(&n) })
	if err != nil || n != want {
		o.t.Errorf("%d rows of audit, want %d: %v", n, want, err)
	}
}
