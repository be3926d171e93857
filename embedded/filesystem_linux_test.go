package embedded_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/embedded/disk"
	"github.com/chatctl/chatctl/embedded/machine"
)

// leaveOut skips a test, where none has to run.
func leaveOut(t *testing.T, why ...any) {
	t.Helper()
	if os.Getenv("CHATCTL_TEST_ALL") != "" {
		t.Fatal(why...)
	}
	t.Skip(why...)
}

func TestAMemoryFileSystemIsRefusedUnlessForced(t *testing.T) {
	base, err := os.MkdirTemp("/dev/shm", "chatctl") //nolint:usetesting // it must be a memory file system
	if err != nil {
		leaveOut(t, "no memory file system where Linux has one:", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	if kind, _, err := disk.Kind(base); err != nil || kind != "tmpfs" {
		leaveOut(t, "/dev/shm is no tmpfs here but", kind, err)
	}
	path := filepath.Join(base, "data")
	refused(t, path, "tmpfs", "--force", "--data")

	var log bytes.Buffer
	d, err := embedded.Open(path, true, logTo(&log))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if !strings.Contains(log.String(), "filesystem=tmpfs") {
		t.Errorf("not said: %s", &log)
	}
	for _, f := range machine.Check(t.Context(), path) {
		if f.Name == "file system" && f.Err == nil {
			t.Error("doctor finds nothing wrong with it")
		}
	}
}
