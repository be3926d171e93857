//go:build !windows

package machine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

func checkLimits() []Finding {
	f := Finding{Name: "open files"}
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		f.Err = err
	} else {
		f.Detail = fmt.Sprint(uint64(lim.Cur))
		if uint64(lim.Cur) < wantFiles {
			f.Err = fmt.Errorf("each connection takes one: allow more than %d, with ulimit -n", wantFiles)
		}
	}
	return append([]Finding{f}, checkMemory()...)
}

// openFiles is how many the process may have open.
func openFiles() uint64 {
	var lim unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &lim); err != nil {
		return 0
	}
	return uint64(lim.Cur)
}
