package gateway_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/admin"
	"github.com/go-json-experiment/json"
)

// adminRow is one route of the administration with what an administrator gets
// over the network. Nobody else gets anything. {handle} is somebody.
type adminRow struct {
	pattern, path string
	body          any
	want          int
}

var adminAuthorization = []adminRow{
	{"POST /admin/v1/users", "/admin/v1/users", map[string]any{"handle": "made-by-hand", "email": "made@example.org", "password": "correct horse made", "verified": true}, 201},
	{"GET /admin/v1/users", "/admin/v1/users", nil, 200},
	{"GET /admin/v1/users/{handle}", "/admin/v1/users/{handle}", nil, 200},
	{"POST /admin/v1/users/{handle}/suspend", "/admin/v1/users/{handle}/suspend", nil, 200},
	{"POST /admin/v1/users/{handle}/resume", "/admin/v1/users/{handle}/resume", nil, 200},
	{"DELETE /admin/v1/users/{handle}", "/admin/v1/users/{handle}", nil, 200},
	{"POST /admin/v1/users/{handle}/reset-password", "/admin/v1/users/{handle}/reset-password", map[string]any{}, 200},
	{"GET /admin/v1/users/{handle}/sessions", "/admin/v1/users/{handle}/sessions", nil, 200},
	{"DELETE /admin/v1/users/{handle}/sessions", "/admin/v1/users/{handle}/sessions", nil, 200},
	{"DELETE /admin/v1/users/{handle}/sessions/{session}", "/admin/v1/users/{handle}/sessions/" + api.NewSessionID().String(), nil, 404},
	{"PUT /admin/v1/users/{handle}/grants/{grant}", "/admin/v1/users/{handle}/grants/loadtest", nil, 200},
	{"DELETE /admin/v1/users/{handle}/grants/{grant}", "/admin/v1/users/{handle}/grants/loadtest", nil, 200},
	{"POST /admin/v1/invites", "/admin/v1/invites", map[string]any{"uses": 1, "expires": api.TimeOf(time.Now().Add(time.Hour))}, 201},
	{"GET /admin/v1/invites", "/admin/v1/invites", nil, 200},
	{"DELETE /admin/v1/invites/{invite}", "/admin/v1/invites/x", nil, 404},
	{"GET /admin/v1/audit", "/admin/v1/audit", nil, 200},
	{"GET /admin/v1/mail", "/admin/v1/mail", nil, 200},
	{"GET /admin/v1/held", "/admin/v1/held", nil, 200},
	{"POST /admin/v1/held/{sender}/{action}/retry", "/admin/v1/held/x/y/retry", nil, 404},
	{"POST /admin/v1/held/{sender}/{action}/drop", "/admin/v1/held/x/y/drop", nil, 404},
	{"GET /admin/v1/held/at/{topic}/{partition}/{position}", "/admin/v1/held/at/actions.chat/0/99", nil, 404},
	{"POST /admin/v1/held/at/{topic}/{partition}/{position}/drop", "/admin/v1/held/at/actions.chat/0/99/drop", nil, 404},
	{"GET /admin/v1/reports", "/admin/v1/reports", nil, 200},
	{"GET /admin/v1/reports/{number}", "/admin/v1/reports/99", nil, 404},
	{"POST /admin/v1/reports/{number}/close", "/admin/v1/reports/99/close", nil, 404},
	{"GET /admin/v1/conversations", "/admin/v1/conversations", nil, 200},
	{"GET /admin/v1/conversations/{conversation}", "/admin/v1/conversations/" + api.NewConversationID().String(), nil, 404},
	{"GET /admin/v1/conversations/{conversation}/members", "/admin/v1/conversations/" + api.NewConversationID().String() + "/members", nil, 404},
	{"PUT /admin/v1/conversations/{conversation}/owner", "/admin/v1/conversations/" + api.NewConversationID().String() + "/owner", map[string]any{"handle": "member"}, 404},
	{"POST /admin/v1/conversations/{conversation}/purge", "/admin/v1/conversations/" + api.NewConversationID().String() + "/purge", nil, 404},
	{"GET /admin/v1/actions/{action}", "/admin/v1/actions/" + api.NewActionID().String(), nil, 200},
	{"GET /admin/v1/connections", "/admin/v1/connections", nil, 200},
	{"GET /admin/v1/connections/{connection}", "/admin/v1/connections/999999", nil, 404},
	{"DELETE /admin/v1/connections/{connection}", "/admin/v1/connections/999999", nil, 404},
	{"POST /admin/v1/loadtest/people", "/admin/v1/loadtest/people", map[string]any{"count": 1}, 201},
	{"GET /admin/v1/whoami", "/admin/v1/whoami", nil, 200},
	{"GET /admin/v1/status", "/admin/v1/status", nil, 200},
	{"GET /admin/v1/config", "/admin/v1/config", nil, 200},
	{"GET /admin/v1/stats", "/admin/v1/stats", nil, 200},
	{"POST /admin/v1/backups", "/admin/v1/backups", map[string]any{"dir": filepath.Join("/", "tmp", "nowhere")}, 403}, // on the machine only
	{"GET /admin/v1/erased", "/admin/v1/erased", nil, 200},
	{"GET /admin/v1/openapi.yaml", "/admin/v1/openapi.yaml", nil, 200},
}

func TestEveryAdministrationRouteIsForAdministratorsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := readOpenAPI(t, api.AdminOpenAPI)
	for _, r := range adminAuthorization {
		method, _, _ := strings.Cut(r.pattern, " ")
		for _, a := range w.actors() {
			want, somebody := http.StatusForbidden, "member"
			switch a.name {
			case "administrator":
				want = r.want
				if strings.Contains(r.path, "{handle}") {
					somebody = w.newcomer()
				}
			case "nobody":
				want = http.StatusUnauthorized
			}
			path := strings.ReplaceAll(r.path, "{handle}", somebody)
			headers, sent := []string{"Authorization", "Bearer " + a.Token}, ""
			if r.body != nil {
				headers, sent = append(headers, "Content-Type", "application/json"), string(api.Encode(r.body))
			}
			resp, answer := rawAt(t, w.office, method, path, sent, headers...)
			if resp.StatusCode != want {
				t.Errorf("%s: %s gets %d, not %d: %s", r.pattern, a.name, resp.StatusCode, want, answer)
			}
			d.answer(t, r.pattern, resp, answer)
			if resp, _ := rawAt(t, w.srv.URL(), method, path, sent, headers...); resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s: the public address answers %s with %d", r.pattern, a.name, resp.StatusCode)
			}
		}
	}
}

func TestEveryAdministrationRouteHasARowInTheTable(t *testing.T) {
	t.Parallel()
	for _, pattern := range admin.Routes() {
		if !slices.ContainsFunc(adminAuthorization, func(r adminRow) bool { return r.pattern == pattern }) {
			t.Errorf("%s has no row", pattern)
		}
	}
}

// What the table above asks in vain is there to be asked for here.
func TestTheAdministrationAnswersAsItIsDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := readOpenAPI(t, api.AdminOpenAPI)
	a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, Conversation: w.group, Text: "hello"}
	seq := w.owner.Must(a).Seq
	w.member.Must(api.Action{Type: api.ReportMessage, Conversation: w.group, Target: seq, Text: "look at this"})
	w.member.Must(api.Action{Type: api.SendMessage, To: "owner", Text: "hello"})
	w.member.Connect()
	ask := func(pattern, path string, v any) {
		t.Helper()
		method, _, _ := strings.Cut(pattern, " ")
		resp, answer := rawAt(t, w.office, method, path, "", "Authorization", "Bearer "+w.administrator.Token)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s answered %d: %s", pattern, resp.StatusCode, answer)
		}
		d.answer(t, pattern, resp, answer)
		if err := json.Unmarshal(answer, v); err != nil {
			t.Fatal(err)
		}
	}
	var found struct {
		Reports     []api.Report     `json:"reports"`
		Connections []api.Connection `json:"connections"`
		Sessions    []api.Session    `json:"sessions"`
	}
	ask("GET /admin/v1/reports", "/admin/v1/reports", &found)
	ask("GET /admin/v1/connections", "/admin/v1/connections", &found)
	ask("GET /admin/v1/users/{handle}/sessions", "/admin/v1/users/stranger/sessions", &found)
	if len(found.Reports) != 1 || len(found.Connections) != 1 || len(found.Sessions) == 0 {
		t.Fatalf("%+v", found)
	}
	report := fmt.Sprintf("/admin/v1/reports/%d", found.Reports[0].Number)
	connection := fmt.Sprintf("/admin/v1/connections/%d", found.Connections[0].Connection)
	for _, r := range []struct{ pattern, path string }{
		{"GET /admin/v1/actions/{action}", "/admin/v1/actions/" + a.ID.String()},
		{"GET /admin/v1/conversations", "/admin/v1/conversations"},
		{"GET /admin/v1/conversations/{conversation}", "/admin/v1/conversations/" + w.group.String()},
		{"GET /admin/v1/conversations/{conversation}/members", "/admin/v1/conversations/" + w.group.String() + "/members"},
		{"GET /admin/v1/reports/{number}", report},
		{"POST /admin/v1/reports/{number}/close", report + "/close"},
		{"GET /admin/v1/connections/{connection}", connection},
		{"DELETE /admin/v1/connections/{connection}", connection}, // the last of it
		{"DELETE /admin/v1/users/{handle}/sessions/{session}", "/admin/v1/users/stranger/sessions/" + found.Sessions[0].Session.String()},
		{"POST /admin/v1/conversations/{conversation}/purge", "/admin/v1/conversations/" + w.group.String() + "/purge"},
		{"GET /admin/v1/audit", "/admin/v1/audit"},
	} {
		ask(r.pattern, r.path, &struct{}{})
	}
	owner := "/admin/v1/conversations/" + w.group.String() + "/owner"
	for handle, want := range map[string]int{"member": http.StatusOK, "stranger": http.StatusConflict} {
		resp, answer := rawAt(t, w.office, "PUT", owner, `{"handle":"`+handle+`"}`, "Authorization", "Bearer "+w.administrator.Token, "Content-Type", "application/json")
		if resp.StatusCode != want {
			t.Errorf("handing over to %s answered %d: %s", handle, resp.StatusCode, answer)
		}
		d.answer(t, "PUT /admin/v1/conversations/{conversation}/owner", resp, answer)
	}
}
