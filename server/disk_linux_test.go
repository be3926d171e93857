package server_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"golang.org/x/sys/unix"
)

// TestAFailingSyncEndsTheServerAndLosesNothing: after an error of fsync nobody
// knows what is on disk, so the process ends and starts from what is (promises, rule 20).
func TestAFailingSyncEndsTheServerAndLosesNothing(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		skip(t, "strace is not installed")
	}
	for _, first := range []string{"300+", "351+", "402+"} {
		t.Run("from sync "+first, func(t *testing.T) {
			t.Parallel()
			d := mountDisk(t)
			srv := servertest.Process(t, servertest.Options{Data: filepath.Join(d.dir, "data"), MinFree: 1 << 20, Wrapper: []string{
				strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=" + first,
			}})
			people := srv.People("ada", "bob", "cyd")
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			var busy sync.WaitGroup
			for i, p := range people {
				busy.Go(func() { p.Stay(ctx) })
				busy.Go(func() {
					for ctx.Err() == nil {
						p.Do(ctx, api.Action{Type: api.SendMessage, To: people[(i+1)%3].Handle, Text: "hello"})
					}
				})
			}
			srv.AwaitEnd()
			if err := srv.Ended(); err == nil {
				t.Error("the server ended well on a disk that does not sync")
			}
			cancel()
			busy.Wait()
			d.cut() // what was not synced is gone, as the kernel may have dropped it
			d.powerOn()
			srv.Options().Wrapper = nil
			if err := srv.Restart(); err != nil {
				t.Fatal(err)
			}
			srv.Calm()
			// Nobody waits any more: results that were on their way are read, not told.
			srv.Holds("result")
		})
	}
}

// TestAFullDiskRefusesNewWorkAndLosesNothing fills a small file system.
func TestAFullDiskRefusesNewWorkAndLosesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", data, "tmpfs", 0, "size=64m,mode=700"); err != nil {
		skip(t, "a file system of one's own needs the right to mount: "+err.Error())
	}
	t.Cleanup(func() {
		if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	srv := servertest.Process(t, servertest.Options{Data: data, Force: true, MinFree: 8 << 20})
	people := srv.People("ada", "bob", "cyd", "dan")
	filler := filepath.Join(data, "filler")
	if err := os.WriteFile(filler, make([]byte, 24<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused atomic.Int64
	var busy sync.WaitGroup
	text := strings.Repeat("x", 8000)
	for i, p := range people {
		busy.Go(func() {
			for range 3000 {
				a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, To: people[(i+1)%4].Handle, Text: text}
				if p.AskUntilRefused(a) {
					refused.Add(1)
					return
				}
			}
		})
	}
	busy.Wait()
	if refused.Load() != int64(len(people)) {
		t.Fatalf("%d of %d people were refused on a full disk", refused.Load(), len(people))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	people[0].AwaitAdmitted("bob")
	srv.Kill()
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	srv.Calm()
	srv.Holds()
}

// skip says what was left out; where everything is provided it fails instead.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CHATCTL_TEST_ALL") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}
