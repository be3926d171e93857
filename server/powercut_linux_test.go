package server_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"golang.org/x/sys/unix"
)

// TestNothingAcknowledgedIsLostInAPowerCut cuts a real ext4 off from its disk
// while people send, as early as in the first start: what was not synced is gone.
func TestNothingAcknowledgedIsLostInAPowerCut(t *testing.T) {
	d := mountDisk(t)
	srv := servertest.Process(t, servertest.Options{Data: filepath.Join(d.dir, "data"), MinFree: 1 << 20, LookEvery: 1})
	ada := srv.People("ada", "bob")[0]
	for range 4 {
		var sending sync.WaitGroup
		for range 8 {
			sending.Go(func() { d.send(ada) })
		}
		timer := time.NewTimer(time.Duration(50+rand.IntN(500)) * time.Millisecond)
		<-timer.C
		d.cut()
		srv.Kill()
		sending.Wait()
		d.powerOn()
		if err := srv.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.accepted) == 0 {
		t.Fatal("nothing was accepted")
	}
	var conv api.ConversationID
	for id := range d.accepted {
		r := ada.AwaitOutcome(id)
		if r.Outcome != api.MessageSent {
			t.Errorf("%s was accepted and is %+v", id, r)
		}
		conv = r.Conversation
	}
	times := map[api.ActionID]int{}
	for i, e := range ada.Whole(conv).Entries {
		times[e.Action]++
		if e.Seq != int64(i+1) {
			t.Fatalf("seq %d where %d was to come", e.Seq, i+1)
		}
	}
	for id := range d.accepted {
		if times[id] != 1 {
			t.Errorf("%s was accepted and is %d times in the history", id, times[id])
		}
	}
	t.Logf("%d were accepted over the cuts", len(d.accepted))
}

// disk is a file system of its own that can lose its power.
type disk struct {
	*testing.T
	image, dir string

	mu       sync.Mutex
	off      bool
	accepted map[api.ActionID]bool // told while the power was on
}

func mountDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{T: t, image: filepath.Join(t.TempDir(), "image"), dir: filepath.Join(t.TempDir(), "disk"), accepted: map[api.ActionID]bool{}}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, 96<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mkfs.ext4", "-q", d.image).CombinedOutput(); err != nil {
		skip(t, fmt.Sprintf("mkfs.ext4 is needed: %v %s", err, out))
	}
	if out, err := exec.CommandContext(t.Context(), "mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		skip(t, fmt.Sprintf("a file system of one's own needs the right to mount: %v %s", err, out))
	}
	t.Cleanup(func() {
		if err := unix.Unmount(d.dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

// send sends a message after another until the power is off. What is told from
// then on does not count: a sync that is under way may be told to have ended.
func (d *disk) send(p *servertest.Person) {
	for {
		id := api.NewActionID()
		status, _ := p.HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "hello"}, nil, "Idempotency-Key", id.String())
		d.mu.Lock()
		off := d.off
		if status == 202 && !off {
			d.accepted[id] = true
		}
		d.mu.Unlock()
		if off {
			return
		}
	}
}

func (d *disk) set(off bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = off
}

// cut is EXT4_IOC_SHUTDOWN without a flush of the journal.
func (d *disk) cut() {
	d.Helper()
	const shutdown, noFlush = 0x8004587d, 2
	f, err := os.Open(d.dir)
	if err != nil {
		d.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only a handle for the ioctl
	d.set(true)
	flags := uint32(noFlush)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flags))); errno != 0 {
		d.Fatal(errno)
	}
}

// powerOn mounts what had reached the disk.
func (d *disk) powerOn() {
	d.Helper()
	if err := unix.Unmount(d.dir, 0); err != nil {
		d.Fatal(err)
	}
	if out, err := exec.CommandContext(d.Context(), "mount", "-o", "loop", d.image, d.dir).CombinedOutput(); err != nil {
		d.Fatalf("%v: %s", err, out)
	}
	d.set(false)
}
