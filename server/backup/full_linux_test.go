package backup_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/backup"
	"golang.org/x/sys/unix"
)

// TestAFullDiskLeavesNothing backs up onto file systems that fill up at every
// step of the way.
func TestAFullDiskLeavesNothing(t *testing.T) {
	w := newWorld(t, "ada")
	base := t.TempDir()
	whole := 0
	for kib := 4; kib <= 512 && whole == 0; kib += 20 {
		disk := filepath.Join(base, fmt.Sprint(kib))
		if err := os.Mkdir(disk, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dk,mode=700", kib)); err != nil {
			if os.Getenv("CHATCTL_TEST_ALL") != "" {
				t.Fatal(err)
			}
			t.Skip("a file system of one's own needs the right to mount:", err)
		}
		dir := filepath.Join(disk, "backup")
		_, err := backup.Create(t.Context(), w.src, dir)
		left, readErr := os.ReadDir(disk)
		switch {
		case readErr != nil:
			t.Error(readErr)
		case err == nil:
			whole = kib
			if _, err := backup.Check(t.Context(), dir); err != nil {
				t.Errorf("%d KiB: %v", kib, err)
			}
		case !errors.Is(err, backup.ErrFull):
			t.Errorf("%d KiB: not said to be full: %v", kib, err)
		case len(left) != 0:
			t.Errorf("%d KiB: left %v", kib, left)
		}
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
	if whole < 100 {
		t.Errorf("it fitted at last into %d KiB", whole)
	}
}
