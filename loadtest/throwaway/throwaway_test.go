//go:build unix

package throwaway_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/throwaway"
	"go.uber.org/goleak"
)

// TestMain makes this test binary the servers that its tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "fake-serve" {
		serveFake(os.Args[2])
		return
	}
	goleak.VerifyTestMain(m)
}

func serveFake(how string) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	switch how {
	case "ready":
		fmt.Println(`{"event":"ready","url":"http://127.0.0.1:4711","data":"x"}`)
	case "dies":
		fmt.Fprintln(os.Stderr, "the disk is on fire")
		os.Exit(1)
	}
	<-stop
}

func start(t *testing.T, how string, timeout time.Duration) (dir string, s *throwaway.Server, err error) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	s, err = throwaway.Start(t.Context(), program, []string{"fake-serve", how}, dir, timeout)
	return dir, s, err
}

func isEmpty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}

func TestAServerOfItsOwnIsGoneAfterTheTest(t *testing.T) {
	dir, s, err := start(t, "ready", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.Data); err != nil || s.URL.String() != "http://127.0.0.1:4711" {
		t.Errorf("%+v, %v", s, err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	isEmpty(t, dir)
	if err := syscall.Kill(s.PID, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d is still there: %v", s.PID, err)
	}
}

func TestAServerThatDoesNotStartLeavesNothingAndItsWords(t *testing.T) {
	for how, want := range map[string]string{"dies": "the disk is on fire", "hangs": "not ready after"} {
		timeout := time.Minute
		if how == "hangs" {
			timeout = 100 * time.Millisecond
		}
		dir, _, err := start(t, how, timeout)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not say %q", how, err, want)
		}
		isEmpty(t, dir)
	}
	_, err := throwaway.Start(t.Context(), "/nowhere/chatctl", nil, t.TempDir(), time.Second)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestARestartedServerIsAnotherProcessAtTheSamePlace(t *testing.T) {
	dir, s, err := start(t, "ready", 30*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	before, url := s.PID, s.URL.String()
	if err := s.Restart(t.Context(), 30*time.Second); err != nil {
		t.Error(err)
	}
	if s.PID == before || s.URL.String() != url {
		t.Errorf("process %d at %s, then %d at %s", before, url, s.PID, s.URL)
	}
	if err := syscall.Kill(before, 0); err == nil {
		t.Errorf("process %d is still there", before)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	isEmpty(t, dir)
}
