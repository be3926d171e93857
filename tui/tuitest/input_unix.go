//go:build !windows

package tuitest

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// input is where a program's keys come from: a file, which it can lend to a
// child as it lends a terminal. One write is one read, so that two keys never
// come as one.
func input() (in io.ReadCloser, keys io.WriteCloser, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return nil, nil, err
	}
	unix.CloseOnExec(ends[0])
	unix.CloseOnExec(ends[1])
	return os.NewFile(uintptr(ends[0]), "in"), os.NewFile(uintptr(ends[1]), "keys"), nil
}
