package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/admin"
	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/spf13/cobra"
)

// harmless are the commands of admin that change something and take nothing away,
// so that nobody needs to look first; and why.
var harmless = map[string]string{
	"users create":   "it makes an account",
	"invites create": "it makes a code, which can be revoked",
	"backup create":  "it fills a directory that is new or empty",
}

// placeholders stand for the arguments that a command's usage names.
var placeholders = map[string]string{
	"HANDLE": "ada", "GRANT": "admin", "NUMBER": "1", "CONNECTION": "1", "INVITE": "one", "DIR": "dir", "COMMAND…": "stats",
	"SENDER": "11111111-1111-4111-8111-111111111111", "ACTION": "22222222-2222-7222-8222-222222222222",
	"CONVERSATION": "33333333-3333-4333-8333-333333333333",
}

// listed are the one row of each list that a command looks into before it changes anything.
var listed = map[string]string{
	"held":    `{"number":1,"sender":"` + placeholders["SENDER"] + `","action":"` + placeholders["ACTION"] + `"}`,
	"members": `{"handle":"ada","member":"44444444-4444-4444-8444-444444444444","membership":"present"}`,
	"invites": `{"invite":"one"}`,
}

// more is what some commands need besides.
var more = map[string][]string{"users create": {"--email", "ada@example.org", "--password-stdin", "--verified"}}

// TestWhatAnAdministratorTakesAwayCanBeLookedAtFirst runs every command of admin
// against a server that knows everything, and sees which change something.
func TestWhatAnAdministratorTakesAwayCanBeLookedAtFirst(t *testing.T) {
	changed := 0
	leaves(admin.Command(&app.App{}), func(cmd *cobra.Command, name string) {
		if !changes(t, cmd, name) {
			return
		}
		changed++
		switch {
		case harmless[name] != "":
		case cmd.Flags().Lookup("dry-run") == nil:
			t.Errorf("%s changes something, and has no --dry-run", name)
		case changes(t, cmd, name, "--dry-run"):
			t.Errorf("%s changes something with --dry-run", name)
		}
	})
	if changed < 14 {
		t.Errorf("only %d commands change something", changed)
	}
}

// changes runs a command with flags, and tells whether it asked for anything but to read.
func changes(t *testing.T, cmd *cobra.Command, name string, flags ...string) (changed bool) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		changed = changed || r.Method != http.MethodGet
		answer := `{"status":"ok","health":{"status":"ok"},"handle":"ada","email":"ada@example.org","kind":"group","number":1,"connection":1,"outcome":"message.sent"}`
		list := path.Base(r.URL.Path)
		if one, ok := listed[list]; ok && r.Method == http.MethodGet {
			if r.URL.Query().Has("after") {
				one = "" // that was the only one
			}
			answer = `{"` + list + `":[` + one + `]}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	args := slices.Concat([]string{"admin", "--server", srv.URL}, strings.Fields(name), arguments(t, cmd), more[name], flags)
	if cmd.Flags().Lookup("yes") != nil {
		args = append(args, "--yes")
	}
	vars := map[string]string{"CHATCTL_TOKEN": "chatctl_test", "XDG_CONFIG_HOME": t.TempDir()}
	var out, errs bytes.Buffer
	status := run(t.Context(), cli.Env{Args: args, Stdin: strings.NewReader("correct horse battery\n"), Stdout: &out, Stderr: &errs,
		Getenv: func(k string) string { return vars[k] }})
	if status == cli.Usage && name != "backup restore" && name != "schema" { // those of this machine alone
		t.Errorf("%v: %s", args, &errs)
	}
	if len(flags) > 0 && !strings.Contains(out.String(), "would ") {
		t.Errorf("%v does not say what it would do: %s%s", args, &out, &errs)
	}
	return changed
}

// arguments are those that a command's usage asks for.
func arguments(t *testing.T, cmd *cobra.Command) (args []string) {
	for _, word := range strings.Fields(cmd.Use)[1:] {
		switch value := placeholders[word]; {
		case word == "|":
			return args
		case strings.HasPrefix(word, "["):
		case value == "":
			t.Errorf("%s: nothing is known to stand for %s", cmd.CommandPath(), word)
		default:
			args = append(args, value)
		}
	}
	return args
}
