package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
)

func TestAnErrorTellsWhichServerItCameFrom(t *testing.T) {
	answers := map[string]struct {
		answer http.HandlerFunc
		status int
		says   string
	}{
		"signed out": {problem(api.NewProblem("signed_out", "")), cli.SignedOut, "CHATCTL_TOKEN at http://127.0.0.1:"},
		"not ours":   {http.NotFound, cli.Refused, "http://127.0.0.1:"},
		"another's": {func(w http.ResponseWriter, _ *http.Request) { // as Python's http.server answers a POST
			http.Error(w, "Unsupported method", http.StatusNotImplemented)
		}, cli.Refused, "no chatctl server"},
	}
	for name, tc := range answers {
		for _, command := range []string{"whoami", "group list", "block @bob", "send @bob hi", "token create x", "loadtest idle --clients 1 --duration 1s"} {
			t.Run(name+" "+command, func(t *testing.T) {
				status, out, errs := ask(t, t.Context(), tc.answer, strings.Fields(command)...)
				if status != tc.status || !strings.Contains(errs, tc.says) || !strings.Contains(errs, "http://127.0.0.1:") || out != "" {
					t.Errorf("status %d, %s%s", status, errs, out)
				}
			})
		}
	}
}

func TestWhoeverIsSignedOutIsToldHowToSignInAgain(t *testing.T) {
	for name, want := range map[string]string{"ada": "chatctl login --server http://h --handle ada", "work": "chatctl login --server http://h --handle ada --profile work"} {
		err := cli.Profile{Name: name, Handle: "ada", Server: "http://h"}.At("http://h:1", api.NewProblem("signed_out", ""))
		var b strings.Builder
		if status := cli.Report(t.Context(), &b, err); status != cli.SignedOut || !strings.HasSuffix(b.String(), "\n  "+want+"\n") ||
			!strings.HasPrefix(b.String(), "chatctl: profile "+name+" at http://h:1: ") {
			t.Errorf("status %d: %s", status, &b)
		}
	}
}
