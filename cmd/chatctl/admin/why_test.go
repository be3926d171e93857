package admin_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/admin"
	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
)

// A server of another version may tell the way of an entry and not whom it reaches.
func TestWhyTellsWhatAServerLeavesOut(t *testing.T) {
	action, device := api.NewActionID(), api.NewUserID()
	answer := api.Trail{Action: action, Found: []api.Traced{{
		Handle: "ada", Result: api.Result{Action: action, Outcome: api.MessageSent},
		Way: &api.Way{Acknowledged: []api.Acknowledged{{User: device, Received: api.Now()}}},
	}}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(api.Encode(answer)) }))
	defer srv.Close()
	vars := map[string]string{"XDG_CONFIG_HOME": t.TempDir(), "CHATCTL_TOKEN": "mine"}
	var out strings.Builder
	cmd := admin.Command(&app.App{Output: "text", Env: cli.Env{Stdout: &out, Stderr: &strings.Builder{}, Getenv: func(k string) string { return vars[k] }}})
	cmd.SetArgs([]string{"why", action.String(), "--server", srv.URL})
	if err := cmd.ExecuteContext(t.Context()); err != nil || !strings.Contains(out.String(), device.String()+"'s session") {
		t.Errorf("%v, printed\n%s", err, &out)
	}
}
