package jetstream_test

import (
	"errors"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/bus"
)

// The server does not answer a message that met a storage error; the engine has
// to find out, refuse all that follows and end (promises, rule 20).
func TestAFailedWriteEndsTheEngine(t *testing.T) {
	d := newDisk(t)
	d.mustOpen()
	d.fill("a")
	ended := make(chan error, 1)
	go func() { ended <- d.engine.Run(t.Context()) }()
	limitFileSize(t, 1<<20)

	var err error
	value := make([]byte, 100<<10)
	for range 100 {
		if err = d.engine.Publish(t.Context(), topicName, []bus.Record{{Value: value}}); err != nil {
			break
		}
	}
	if !errors.Is(err, bus.ErrBroken) {
		t.Fatalf("publishing to a file that cannot grow: %v", err)
	}
	if err := d.engine.Publish(t.Context(), topicName, []bus.Record{{Value: value}}); !errors.Is(err, bus.ErrBroken) {
		t.Errorf("publishing after that: %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, bus.ErrBroken) {
			t.Errorf("Run ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("Run does not end")
	}
}

// limitFileSize makes writes beyond n bytes of a file fail, for this test.
func limitFileSize(t *testing.T, n uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	})
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
}
