//go:build !windows

package disk

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
)

// Private refuses a directory of somebody else's and takes the rights of all
// others away.
func Private(dir string, log *slog.Logger) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("not a directory")
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("belongs to user %d and this process runs as %d: name another with --data", st.Uid, os.Geteuid())
	}
	if mode := info.Mode().Perm(); mode != 0o700 {
		if err := os.Chmod(dir, 0o700); err != nil {
			return err
		}
		log.Warn("data directory made private", "data", dir, "was", mode.String())
	}
	return nil
}

// SyncDir makes the names in dir outlast a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
