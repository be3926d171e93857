package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// binary is this test binary under the name that makes it chatctl (TestMain).
func binary(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "chatctl")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve runs a server on a data directory until the test or stop ends it.
func serve(t *testing.T, chatctl, data string) (admin *adminapi.Client, stop func()) {
	t.Helper()
	cmd := exec.Command(chatctl, "serve", "--listen", "127.0.0.1:0", "--data", data)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("%v: %s", err, &log)
		}
	}
	t.Cleanup(stop)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if socket, err := embedded.FindAdminSocket(data); err == nil {
			admin = adminapi.New(socket)
			if _, err := admin.Status(t.Context()); err == nil {
				t.Cleanup(admin.Close)
				return admin, stop
			}
			admin.Close()
		}
		select {
		case err := <-ended:
			stopped = true
			t.Fatalf("the server ended: %v: %s", err, &log)
		case <-again.C:
		}
	}
}

func chatctlIn(t *testing.T, chatctl string, args ...string) string {
	t.Helper()
	out, err := exec.Command(chatctl, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("chatctl %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// sound has doctor find nothing wrong with a data directory. That a busy disk is
// slow just then, which is what it says of sync, is nothing of that kind.
func sound(t *testing.T, chatctl, data string) {
	t.Helper()
	out, err := exec.Command(chatctl, "doctor", "--data", data).CombinedOutput()
	started := false
	for line := range strings.Lines(string(out)) {
		started = started || strings.HasPrefix(line, "ok   start ")
		if strings.HasPrefix(line, "BAD ") && !strings.HasPrefix(line, "BAD  sync ") {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if !started {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestAKillDuringARestoreLeavesNothingHalf kills chatctl at random moments of a restore.
func TestAKillDuringARestoreLeavesNothingHalf(t *testing.T) {
	chatctl, base := binary(t), t.TempDir()
	admin, stop := serve(t, chatctl, filepath.Join(base, "first"))
	if _, err := admin.People(t.Context(), 200, "swarm"); err != nil {
		t.Fatal(err)
	}
	dir, data := filepath.Join(base, "backup"), filepath.Join(base, "restored")
	if _, err := admin.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	stop()
	began := time.Now()
	chatctlIn(t, chatctl, "admin", "backup", "restore", dir, "--data", filepath.Join(base, "timed"))
	whole := time.Since(began)
	r := rand.New(rand.NewPCG(3, 3))
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.Int64N(int64(whole))))
		out, err := exec.CommandContext(ctx, chatctl, "admin", "backup", "restore", dir, "--data", data).CombinedOutput() // SIGKILL
		killed := ctx.Err() != nil
		cancel()
		if err != nil && !killed {
			t.Fatalf("a repeat does not work: %v: %s", err, out)
		}
		if _, err := os.Stat(data); err == nil { // it had come to its end: then all of it is there
			sound(t, chatctl, data)
			if err := os.RemoveAll(data); err != nil {
				t.Fatal(err)
			}
		}
	}
	chatctlIn(t, chatctl, "admin", "backup", "restore", dir, "--data", data)
	if _, err := os.Stat(data + ".partial"); err == nil {
		t.Error("what a kill left is still there")
	}
	again, _ := serve(t, chatctl, data)
	st, err := again.Stats(t.Context())
	if err != nil || st.Accounts != 200 {
		t.Errorf("%+v, %v", st, err)
	}
}

// TestAListOfFiveThousandAccountsIsWhole lists and filters on the binary.
func TestAListOfFiveThousandAccountsIsWhole(t *testing.T) {
	const people, atOnce = 5000, 500
	chatctl, data := binary(t), filepath.Join(t.TempDir(), "data")
	admin, _ := serve(t, chatctl, data)
	for i := range people / atOnce {
		if _, err := admin.People(t.Context(), atOnce, fmt.Sprintf("p%d-", i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"-o", "json"}, people},
		{nil, people + 1}, // and the columns' names
		{[]string{"-q", "p3-", "-o", "json"}, atOnce},
		{[]string{"-q", "nobody"}, 1},
	} {
		out := chatctlIn(t, chatctl, append([]string{"admin", "users", "list", "--data", data}, c.args...)...)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		seen := map[string]bool{}
		for _, l := range lines {
			seen[l] = true
		}
		if len(lines) != c.want || len(seen) != c.want {
			t.Errorf("users list %v: %d lines, %d different, want %d", c.args, len(lines), len(seen), c.want)
		}
	}
}
