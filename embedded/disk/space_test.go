//go:build !windows

package disk_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded/disk"
)

// until asks again and again, for a minute.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	end := time.NewTimer(time.Minute)
	defer end.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatal(what)
		}
	}
}

// running runs s until the test ends.
func running(t *testing.T, s *disk.Space) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTheBallastIsRealIsFreedAndComesBack(t *testing.T) {
	dir := t.TempDir()
	s := disk.NewSpace(dir, 8<<20, slog.New(slog.DiscardHandler))
	running(t, s)
	file := filepath.Join(dir, "ballast")
	there := func() bool {
		info, err := os.Stat(file)
		if err != nil || info.Size() != 1<<20 {
			return false
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		return !ok || st.Blocks*512 >= 1<<20
	}
	until(t, "no ballast was made", there)
	until(t, "it was not freed", s.Free) // held: Run may be at it
	until(t, "it did not come back", there)
}

func TestFreeWithoutBallastSaysSo(t *testing.T) {
	if disk.NewSpace(t.TempDir(), 8<<20, slog.New(slog.DiscardHandler)).Free() {
		t.Error("something was freed")
	}
}

// A disk is full for Relieve when less than the ballast is free.
func TestTheBallastIsFreedOnlyOnAFullDisk(t *testing.T) {
	for _, c := range []struct {
		minFree int64
		freed   bool
	}{{8 << 20, false}, {1 << 60, true}} {
		dir := t.TempDir()
		file := filepath.Join(dir, "ballast")
		if err := os.WriteFile(file, []byte("room"), 0o600); err != nil {
			t.Fatal(err)
		}
		disk.NewSpace(dir, c.minFree, slog.New(slog.DiscardHandler)).Relieve()
		if _, err := os.Stat(file); (err != nil) != c.freed {
			t.Errorf("with %d bytes to keep free: freed is %v", c.minFree, err != nil)
		}
	}
}

func TestTooLittleSpaceRefusesNewWorkAndSaysWhatToDo(t *testing.T) {
	var log bytes.Buffer
	s := disk.NewSpace(t.TempDir(), 1<<60, slog.New(slog.NewTextHandler(&log, nil)))
	err := s.Low()
	if err == nil || !strings.Contains(err.Error(), "--min-free") {
		t.Fatalf("got %v", err)
	}
	if again := s.Low(); again == nil {
		t.Error("and then not")
	}
	if n := strings.Count(log.String(), "new work is refused"); n != 1 {
		t.Errorf("said %d times", n)
	}
	running(t, s) // and no ballast is made from what is not there
}

func TestEnoughSpaceRefusesNothing(t *testing.T) {
	s := disk.NewSpace(t.TempDir(), 1, slog.New(slog.DiscardHandler))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				if err := s.Low(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestADiskThatDoesNotAnswerRefusesNewWork(t *testing.T) {
	s := disk.NewSpace(filepath.Join(t.TempDir(), "gone"), 1, slog.New(slog.DiscardHandler))
	if s.Low() == nil {
		t.Error("no error")
	}
}

func BenchmarkLow(b *testing.B) {
	s := disk.NewSpace(b.TempDir(), 1, slog.New(slog.DiscardHandler))
	for b.Loop() {
		if err := s.Low(); err != nil {
			b.Fatal(err)
		}
	}
}
