//go:build unix

package machine

import (
	"fmt"
	"syscall"
	"time"
)

// selfCPU is the user and system time of this process.
func selfCPU() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// spare is how many open files are left for everything but clients.
const spare = 64

// RoomFor raises the limit of open files as far as this process may, and says
// clearly when n clients do not fit.
func RoomFor(n int) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return nil // no limit that can be known: the system will say
	}
	if l.Cur < l.Max {
		l.Cur = l.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l) // read back below
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
			return fmt.Errorf("reading how many files may be open: %w", err)
		}
	}
	if uint64(l.Cur) < uint64(n+spare) {
		return fmt.Errorf("%d connections need %d open files, and this process may have %d: raise the limit (ulimit -n %d) or ask for fewer --clients", n, n+spare, l.Cur, n+spare)
	}
	return nil
}
