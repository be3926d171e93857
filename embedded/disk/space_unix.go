//go:build !windows

package disk

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Free is what this user can still write on dir's disk.
func Free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// whole reports whether file has size bytes and the disk holds them: one with
// holes would free nothing.
func whole(file string, size int64) bool {
	info, err := os.Stat(file)
	if err != nil || info.Size() != size {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(st.Blocks)*512 >= size
}
