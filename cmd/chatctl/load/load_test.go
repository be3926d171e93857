package load_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/load"
	"github.com/chatctl/chatctl/server/api"
	"github.com/spf13/cobra"
)

// TestMain makes this test binary the server that a test of it starts: one that is
// ready after more time than any --timeout of these tests, and that nobody administers.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		fmt.Println(`{"event":"ready","url":"http://127.0.0.1:1"}`)
		return
	}
	os.Exit(m.Run())
}

// fake makes people, lets nobody connect, and erases as a test says.
type fake struct {
	erase func(person, attempt int) *api.Problem // nil: it is erased
	fewer int                                    // people than it was asked for

	mu     sync.Mutex
	made   int
	tried  map[string]int // by token
	erased map[string]bool
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch r.URL.Path {
	case "/v1/loadtest/people":
		b, _ := io.ReadAll(r.Body)
		ask, err := api.Decode[struct {
			Count int `json:"count"`
		}](b)
		if err != nil {
			refuse(w, api.Invalid("", "%v", err))
			return
		}
		var made struct {
			People []api.Credential `json:"people"`
		}
		for range ask.Count - f.fewer {
			made.People = append(made.People, api.Credential{Handle: fmt.Sprintf("load-%d", f.made), User: api.NewUserID(), Token: fmt.Sprint(f.made)})
			f.made++
		}
		w.Write(api.Encode(made))
	case "/v1/me/erase":
		var person int
		fmt.Sscan(token, &person)
		f.tried[token]++
		if p := f.erase(person, f.tried[token]); p != nil {
			refuse(w, p)
			return
		}
		f.erased[token] = true
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, api.NewProblem("forbidden", "nobody connects here"))
	}
}

func refuse(w http.ResponseWriter, p *api.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	w.Write(api.Encode(p))
}

// run runs a command of this package against f (nil: against none).
func run(t *testing.T, f *fake, command func(*app.App) *cobra.Command, args ...string) error {
	t.Helper()
	vars := map[string]string{"XDG_CONFIG_HOME": t.TempDir(), "XDG_CACHE_HOME": t.TempDir(), "CHATCTL_TOKEN": "mine"}
	if f != nil {
		f.tried, f.erased = map[string]int{}, map[string]bool{}
		srv := httptest.NewServer(f)
		defer srv.Close()
		vars["CHATCTL_SERVER"] = srv.URL
	}
	cmd := command(&app.App{Output: "json", Env: cli.Env{Stdin: strings.NewReader(""), Stdout: &strings.Builder{}, Stderr: &strings.Builder{}, Getenv: func(k string) string { return vars[k] }}})
	cmd.SetArgs(args)
	cmd.SetOut(&strings.Builder{})
	cmd.SetErr(&strings.Builder{})
	return cmd.ExecuteContext(t.Context())
}

func loadtest(a *app.App) *cobra.Command { return load.Command(a, "test") }

func TestWhoCannotBeErasedKeepsNobodyElse(t *testing.T) {
	f := &fake{erase: func(person, _ int) *api.Problem {
		if person%20 == 3 { // 5 of them
			return api.NewProblem("forbidden", "")
		}
		return nil
	}}
	err := run(t, f, loadtest, "idle", "--clients", "100", "--duration", "1s")
	if len(f.erased) != 95 || f.made != 100 {
		t.Errorf("%d of %d were erased", len(f.erased), f.made)
	}
	for _, part := range []string{"5 of 100 were not erased", "load-3: ", "load-23: ", "load-43: ", "and 2 more"} {
		if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "load-63") {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}

func TestABusyServerIsAskedAgainToErase(t *testing.T) {
	busy := []string{"unavailable", "too_many", "starting"}
	f := &fake{erase: func(person, attempt int) *api.Problem {
		if person < len(busy) && attempt == 1 {
			return api.NewProblem(busy[person], "")
		}
		return nil
	}}
	err := run(t, f, loadtest, "idle", "--clients", "20", "--duration", "1s")
	if len(f.erased) != 20 || err == nil || strings.Contains(err.Error(), "erased") {
		t.Errorf("%d of 20 were erased: %v", len(f.erased), err)
	}
}

// It asks to come back after more time than there is.
func TestAServerThatNeverErasesIsNotAskedForEver(t *testing.T) {
	for _, c := range []struct {
		command func(*app.App) *cobra.Command
		args    string
	}{{load.Verify, "--people 6"}, {loadtest, "idle --clients 6 --duration 1s"}} {
		f := &fake{fewer: 1, erase: func(int, int) *api.Problem { return api.NewProblem("unavailable", "").Later(3600) }}
		err := run(t, f, c.command, strings.Fields(c.args)...)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d of %d were not erased", f.made, f.made)) {
			t.Errorf("%s: %v", c.args, err)
		}
	}
}

func TestWhoVerifiesWithFewerPeopleIsToldAndLeavesNobody(t *testing.T) {
	f := &fake{fewer: 4, erase: func(int, int) *api.Problem { return nil }}
	err := run(t, f, load.Verify, "--people", "6")
	if err == nil || !strings.Contains(err.Error(), "made 2 of 6") || len(f.erased) != 2 {
		t.Errorf("%v; %d of 2 were erased", err, len(f.erased))
	}
}

func TestAServerOfItsOwnIsNotHeldToTheTimeoutOfAConnection(t *testing.T) {
	err := run(t, nil, loadtest, "idle", "--clients", "1", "--duration", "1s", "--timeout", "1ns", "--dir", t.TempDir())
	if err == nil || strings.Contains(err.Error(), "not ready after") {
		t.Errorf("%v", err)
	}
}

func TestOneFileIsNotWrittenTwice(t *testing.T) {
	dir := t.TempDir()
	old, alias := filepath.Join(dir, "old"), filepath.Join(dir, "alias")
	if err := os.WriteFile(old, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(old, alias); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "new")
	for csv, html := range map[string]string{old: old, alias: old, fresh: dir + "/./new"} {
		err := run(t, nil, loadtest, "idle", "--duration", "1s", "--csv", csv, "--html", html)
		if cli.Status(err) != cli.Usage || !strings.Contains(err.Error(), "same file") {
			t.Errorf("%s and %s: %v", csv, html, err)
		}
	}
	if b, err := os.ReadFile(old); err != nil || string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Errorf("a file was made: %v", err)
	}
}
