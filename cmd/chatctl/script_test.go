package main

import (
	"context"
	"crypto/x509"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/loadtest/throwaway"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/chatctl/chatctl/server/ops/keypair/keypairtest"
	"github.com/go-json-experiment/json"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this test binary the scripts' chatctl. Built with the race
// detector, that would sleep for a second before it exits, each time: there is
// nothing to wait for, since every command ends after all that it started.
func TestMain(m *testing.M) {
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"chatctl": patient})
}

// patient is chatctl as scripts have it: who asks for an action, and does not say how
// long to wait, waits for its result as long as a script waits for anything else. A
// machine that stands still for the usual 10 s would have another status be right.
func patient() {
	acting := regexp.MustCompile(`^(send|edit|delete|report|block|unblock|group (create|add|remove|leave|role|rename)) `)
	if found := acting.FindString(strings.Join(os.Args[1:], " ") + " "); found != "" && !slices.Contains(os.Args, "--timeout") {
		os.Args = slices.Insert(os.Args, 1+len(strings.Fields(found)), "--timeout=1m")
	}
	main()
}

func TestCommandsDoWhatTheirScriptsSay(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("CHATCTL_DATA", filepath.Join(env.WorkDir, "data"))
			env.Setenv("GORACE", os.Getenv("GORACE"))
			for _, name := range []string{"CHATCTL_SERVER", "CHATCTL_PROFILE", "CHATCTL_TOKEN", "CHATCTL_OUTPUT"} {
				env.Setenv(name, "")
			}
			env.Values[terminalKey] = new(*terminal)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "ready": ready, "keepport": keepPort, "until": until, "proposes": proposes, "until-there": untilThere,
			"until-mail": untilMail, "mailserver": mailServer, "until-erased": untilErased, "until-active": untilActive, "until-live": untilLive, "until-acknowledged": untilAcknowledged, "adminurl": adminURL, "setvar": setvar, "setline": setline, "conforms": conforms, "conformed": conformed, "certificate": certificate,
			"terminal": startTerminal, "shows": shows, "types": types, "signals": signalTo, "ends": ends},
	})
}

// status runs a command and expects that exit status, or one of several: status N[,N…] chatctl …
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N[,N…] command…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if !slices.Contains(strings.Split(args[0], ","), strconv.Itoa(got)) {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// ready waits until the server that was started in the background holds the
// data directory and answers, and sets CHATCTL_SERVER to where it listens.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: ready")
	}
	poll(ts, saying("the server is not ready"), func(ctx context.Context) bool {
		socket, err := embedded.FindAdminSocket(ts.Getenv("CHATCTL_DATA"))
		if err != nil {
			return false
		}
		admin := adminapi.New(socket)
		defer admin.Close()
		b, err := admin.Status(ctx)
		if err != nil {
			return false
		}
		var is struct {
			URL string `json:"url"`
		}
		ts.Check(json.Unmarshal(b, &is))
		ts.Setenv("CHATCTL_SERVER", is.URL)
		return true
	})
}

// keepPort keeps the port of a server that was killed for the next one: keepport
func keepPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: keepport")
	}
	ts.Defer(throwaway.KeepPort(strings.TrimPrefix(ts.Getenv("CHATCTL_SERVER"), "http://")))
}

// until waits until a file holds a text: until FILE TEXT
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until FILE TEXT")
	}
	poll(ts, saying(args[0]+" does not hold "+args[1]), func(context.Context) bool {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && strings.Contains(string(b), args[1])
	})
}

// untilThere waits until a file has a name like that: until-there PATTERN
func untilThere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: until-there PATTERN")
	}
	poll(ts, saying("there is no "+args[0]), func(context.Context) bool {
		names, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		return len(names) > 0
	})
}

// proposes waits until a shell, with the cursor after the rest of the command, would
// propose a word: proposes WORD COMMAND…
func proposes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: proposes WORD COMMAND…")
	}
	poll(ts, saying("it does not propose "+args[0]), func(context.Context) bool {
		ts.Check(ts.Exec("chatctl", slices.Concat([]string{"__complete"}, args[1:])...))
		for line := range strings.Lines(ts.ReadFile("stdout")) {
			if word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); word == args[0] {
				return true
			}
		}
		return false // a busy machine may not answer in the time that a shell waits
	})
}

// setvar sets a variable to a field of the first JSON line of a file: setvar NAME FILE FIELD
func setvar(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: setvar NAME FILE FIELD")
	}
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	var fields map[string]any
	ts.Check(json.Unmarshal([]byte(line), &fields))
	value, ok := fields[args[2]].(string)
	if !ok {
		ts.Fatalf("%s has no text %s", args[1], args[2])
	}
	ts.Setenv(args[0], value)
}

// setline sets a variable to the first line of a file: setline NAME FILE
func setline(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setline NAME FILE")
	}
	line, _, _ := strings.Cut(ts.ReadFile(args[1]), "\n")
	ts.Setenv(args[0], line)
}

// certificate makes one for this machine that SSL_CERT_FILE can name, unless
// something is to be wrong with it: certificate CERT KEY [expired|early|elsewhere]
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	wrong := map[string]func(*x509.Certificate){
		"expired":   func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(-1, 0, 0) },
		"early":     func(c *x509.Certificate) { c.NotBefore = time.Now().AddDate(1, 0, 0) },
		"elsewhere": func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"chat.example.org"}, nil },
		"":          func(*x509.Certificate) {},
	}
	what := strings.Join(args[min(2, len(args)):], " ")
	if neg || len(args) < 2 || wrong[what] == nil {
		ts.Fatalf("usage: certificate CERT KEY [expired|early|elsewhere]")
	}
	ts.Check(keypairtest.Files(ts.MkAbs(args[0]), ts.MkAbs(args[1]), 1, wrong[what]))
}

// saying is what poll says that nothing has to be looked up for.
func saying(words string) func() string { return func() string { return words } }

// poll asks again until the answer is yes, for a time that a busy machine needs.
func poll(ts *testscript.TestScript, otherwise func() string, yes func(context.Context) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !yes(ctx) {
		select {
		case <-again.C:
		case <-ctx.Done():
			ts.Fatalf("%s", otherwise())
		}
	}
}
