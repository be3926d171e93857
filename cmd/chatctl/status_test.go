package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
)

// ask runs chatctl against a server that answers everything with handle.
func ask(t *testing.T, ctx context.Context, handle http.HandlerFunc, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return askWith(t, ctx, handle, "", args...)
}

// askWith is ask with something on stdin.
func askWith(t *testing.T, ctx context.Context, handle http.HandlerFunc, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	srv := httptest.NewServer(handle)
	defer srv.Close()
	vars := map[string]string{"CHATCTL_SERVER": srv.URL, "CHATCTL_TOKEN": "chatctl_test", "XDG_CONFIG_HOME": t.TempDir()}
	var out, errs bytes.Buffer
	status = run(ctx, cli.Env{Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs, Getenv: func(k string) string { return vars[k] }})
	return status, out.String(), errs.String()
}

func problem(p *api.Problem) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(p.Status)
		_, _ = w.Write(api.Encode(p))
	}
}

func refused(r api.Reason) http.HandlerFunc {
	p := api.NewProblem("refused", "no")
	p.Reason = r
	return problem(p)
}

func accepted(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Preference-Applied", "respond-async")
	w.WriteHeader(http.StatusAccepted)
	_, _ = w.Write(api.Encode(api.Accepted{Action: api.NewActionID()}))
}

// hang reads the request and never answers it.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client leaves
	<-r.Context().Done()
}

func TestSendLeavesTheDocumentedStatus(t *testing.T) {
	const final, runsOut = "30s", "3s"
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		status  int
		says    string // on stderr
		timeout string
	}{
		{"refused", refused(api.ReasonUnavailable), cli.Refused, "refused", final},
		{"without the right", refused(api.ReasonForbidden), cli.SignedOut, "refused", final},
		{"session revoked before the commit", refused(api.ReasonSignedOut), cli.SignedOut, "chatctl login", final},
		{"invalid", problem(api.Invalid("/text", "too long")), cli.Usage, "/text", final},
		{"signed out", problem(api.NewProblem("signed_out", "")), cli.SignedOut, "chatctl login", final},
		{"forbidden", problem(api.NewProblem("forbidden", "")), cli.SignedOut, "Not allowed", final},
		{"key conflict", problem(api.NewProblem("conflict", "")), cli.Refused, "another action", final},
		{"held", problem(api.NewProblem("held", "")), cli.Unknown, "administrator", final},
		{"storage full", problem(api.NewProblem("storage_full", "")), cli.Unreachable, "nothing was accepted", final},
		// For longer than there is time: of an answer that the end of the time cuts short nobody knows.
		{"starting", problem(api.NewProblem("starting", "").Later(60)), cli.Unreachable, "nothing was accepted", final},
		{"unknown outcome", problem(api.NewProblem("unknown_outcome", "")), cli.Unknown, "--key K", runsOut},
		{"accepted without a result", accepted, cli.Unknown, "--key K", runsOut},
		{"no answer", hang, cli.Unknown, "--key K", runsOut},
		{"a connection that breaks", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, cli.Unknown, "--key K", runsOut},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, out, errs := ask(t, t.Context(), c.answer, "send", "@bob", "hi", "--key", "K", "--timeout", c.timeout)
			if status != c.status || !strings.Contains(errs, c.says) {
				t.Errorf("status %d, want %d; stderr %q, want %q", status, c.status, errs, c.says)
			}
			if n := strings.Count(errs, "\n"); n < 1 || n > 2 || out != "" {
				t.Errorf("%d lines on stderr %q, and %q on stdout", n, errs, out)
			}
		})
	}
}

func TestWhatIsNoServerOfChatctlIsNamedSo(t *testing.T) {
	for _, c := range []struct {
		name   string
		code   int
		status int
		says   string // on stderr
	}{
		{"a page", http.StatusOK, cli.Refused, "no chatctl server"},
		{"another program", http.StatusNotFound, cli.Refused, "no chatctl server"},
		{"a proxy without its server", http.StatusBadGateway, cli.Unknown, "a proxy answered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, _, errs := ask(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.code)
				_, _ = io.WriteString(w, "<html>")
			}, "whoami")
			if status != c.status || !strings.Contains(errs, c.says) {
				t.Errorf("status %d, want %d; stderr %q, want %q", status, c.status, errs, c.says)
			}
		})
	}
}

// TestAnAnswerOfSomebodyElseIsNotTakenForOurs: not for a message that is on its
// way, a sign-in to keep, an account, or an export that is whole.
func TestAnAnswerOfSomebodyElseIsNotTakenForOurs(t *testing.T) {
	for _, answer := range []string{"<html>", `{"hello":1}`} {
		for _, args := range [][]string{
			{"send", "@bob", "hi"}, {"block", "@bob"}, {"whoami"}, {"token", "create", "bot"},
			{"login", "--handle", "ada", "--password-stdin"},
		} {
			t.Run(args[0]+" "+answer, func(t *testing.T) {
				t.Parallel()
				status, out, errs := askWith(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) },
					"correct horse battery\n", args...)
				if status != cli.Refused || out != "" || !strings.Contains(errs, "no chatctl server") {
					t.Errorf("status %d, stdout %q, stderr %q", status, out, errs)
				}
			})
		}
	}
	status, out, errs := ask(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }, "account", "export")
	if status != cli.Refused || out != "" || !strings.Contains(errs, "no chatctl server") {
		t.Errorf("export: status %d, stdout %q, stderr %q", status, out, errs)
	}
}

func TestAnAddressThatIsInUseIsToldWithWhatToDo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has an error of its own for that")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var errs bytes.Buffer
	status := run(t.Context(), cli.Env{Args: []string{"serve", "--force", "--log-level", "error", "--data", t.TempDir(), "--listen", l.Addr().String()},
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &errs, Getenv: func(string) string { return "" }})
	if status != cli.Refused || !strings.Contains(errs.String(), "--listen "+l.Addr().String()) || !strings.Contains(errs.String(), "stop it, or name another") {
		t.Errorf("status %d: %s", status, &errs)
	}
}

func TestInterruptedSendTellsItsKey(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	status, _, errs := ask(t, ctx, func(w http.ResponseWriter, r *http.Request) {
		interrupt()
		hang(w, r)
	}, "send", "@bob", "hi", "--key", "K")
	if status != cli.Interrupted || !strings.Contains(errs, "interrupted") || !strings.Contains(errs, "--key K") {
		t.Errorf("status %d, stderr %q", status, errs)
	}
}

func TestInterruptedReadingGivesNoAdvice(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	status, _, errs := ask(t, ctx, func(w http.ResponseWriter, r *http.Request) {
		interrupt()
		hang(w, r)
	}, "whoami")
	if status != cli.Interrupted || errs != "chatctl: interrupted\n" {
		t.Errorf("status %d, stderr %q", status, errs)
	}
}

func TestLinesThatWereSentAreNamedWhenALaterOneFails(t *testing.T) {
	n := 0
	srv := func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 2 {
			refused(api.ReasonUnavailable)(w, r)
			return
		}
		_, _ = w.Write(api.Encode(api.Result{Action: api.NewActionID(), Outcome: api.MessageSent, Seq: 1}))
	}
	server := httptest.NewServer(http.HandlerFunc(srv))
	defer server.Close()
	vars := map[string]string{"CHATCTL_SERVER": server.URL, "CHATCTL_TOKEN": "chatctl_test"}
	var out, errs bytes.Buffer
	status := run(t.Context(), cli.Env{Args: []string{"send", "@bob", "-", "--key", "K"}, Stdin: strings.NewReader("one\ntwo\nthree\n"),
		Stdout: &out, Stderr: &errs, Getenv: func(k string) string { return vars[k] }})
	if status != cli.Refused || out.String() != "sent 1\n" || !strings.Contains(errs.String(), "line 2") || !strings.Contains(errs.String(), "--key K") {
		t.Errorf("status %d, stdout %q, stderr %q", status, out.String(), errs.String())
	}
}

func TestTheTokenDoesNotFollowARedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked with %q", r.Header.Get("Authorization"))
	}))
	defer other.Close()
	status, _, errs := ask(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/v1/me", http.StatusTemporaryRedirect)
	}, "whoami")
	if status == cli.OK {
		t.Errorf("succeeded; stderr %q", errs)
	}
}

func TestWhatAServerSaysCannotDriveTheTerminal(t *testing.T) {
	hostile := "\x1b[2J\u009b\r\u202e"
	status, out, errs := ask(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/me" {
			_, _ = w.Write(api.Encode(api.Me{Handle: hostile}))
			return
		}
		problem(&api.Problem{Code: "not_found", Status: 404, Title: hostile, Detail: hostile})(w, r)
	}, "whoami")
	_, out2, errs2 := ask(t, t.Context(), problem(&api.Problem{Code: "not_found", Status: 404, Title: hostile, Detail: hostile}), "api", "GET", "/x")
	if all := out + errs + out2 + errs2; status != cli.OK || strings.ContainsAny(all, hostile[:1]+"\u009b\r\u202e") {
		t.Errorf("status %d, printed %q", status, all)
	}
}
