//go:build unix

package throwaway_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/throwaway"
	"github.com/gofrs/flock"
	"go.uber.org/goleak"
	"golang.org/x/sync/errgroup"
)

// TestMain makes this test binary the servers that its tests start.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "fake-serve" {
		serveFake(os.Args[2])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == "start-and-stay" {
		startAndStay(os.Args[2])
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
	case "falls":
		fmt.Fprintln(os.Stderr, "the roof comes down")
		fmt.Println(`{"event":"ready","url":"http://127.0.0.1:4711","data":"x"}`)
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "dies":
		fmt.Fprintln(os.Stderr, "the disk is on fire")
		os.Exit(1)
	}
	<-stop
}

// startAndStay is a process that starts a server and says where, until it is killed.
func startAndStay(dir string) {
	s, err := throwaway.Start(context.Background(), os.Args[0], []string{"fake-serve", "ready"}, dir, time.Minute)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.Dir)
	select {}
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
	if _, err := os.Stat(s.Dir); err != nil || s.URL.String() != "http://127.0.0.1:4711" {
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

func TestAServerThatEndsByItselfIsMissed(t *testing.T) {
	dir, s, err := start(t, "falls", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	const want = "server ended: signal: killed; it said: the roof comes down"
	for _, work := range []func(context.Context) error{
		func(context.Context) error { // as soon as it is gone, and so maybe before that is seen
			for syscall.Kill(s.PID, 0) == nil {
				runtime.Gosched()
			}
			return errors.New("no connection")
		},
		func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		if err := s.While(t.Context(), work); !errors.Is(err, throwaway.ErrEnded) || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
	if err := s.While(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Errorf("what was done all the same: %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	isEmpty(t, dir)
}

func TestAServerThatWasToldToEndIsNotMissed(t *testing.T) {
	_, s, err := start(t, "ready", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	why := errors.New("no connection")
	err = s.While(t.Context(), func(ctx context.Context) error {
		if err := errors.Join(s.Restart(ctx, time.Minute), s.Crash(ctx, time.Minute), s.Stop(), ctx.Err()); err != nil {
			return err
		}
		return why
	})
	if !errors.Is(err, why) {
		t.Error(err)
	}
}

// owner starts a process with a server of its own in dir, and returns where that lies.
func owner(t *testing.T, dir string) (place string, kill func()) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "start-and-stay", dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	return strings.TrimSpace(line), kill
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, filepath.Join(dir, e.Name()))
	}
	return all
}

func TestWhatAKilledProcessLeftGoesWithTheNextStartAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	living, _ := owner(t, dir)
	dead, kill := owner(t, dir)
	kill()
	orphan, kill := owner(t, dir) // its server outlived it, and holds its data
	kill()
	if err := os.MkdirAll(filepath.Join(orphan, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	held := flock.New(filepath.Join(orphan, "data", "lock"))
	if got, err := held.TryLock(); !got || err != nil {
		t.Fatal(got, err)
	}
	other := filepath.Join(dir, "somebody-else's")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}

	next, _ := owner(t, dir)
	want := []string{living, orphan, other, next}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	if _, err := os.Stat(dead); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v", dead, err)
	}

	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	last, _ := owner(t, dir)
	want = []string{living, other, next, last}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
}

func TestManyWhoStartAtOnceDoNotTakeEachOthersPlaces(t *testing.T) {
	dir := t.TempDir()
	g, ctx := errgroup.WithContext(t.Context())
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		g.Go(func() error {
			for range 3 {
				s, err := throwaway.Start(ctx, program, []string{"fake-serve", "ready"}, dir, time.Minute)
				if err != nil {
					return err
				}
				if _, err := os.Stat(s.Dir); err != nil {
					return err
				}
				if err := s.Stop(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	isEmpty(t, dir)
}
