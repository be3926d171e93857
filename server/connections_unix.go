//go:build unix

package server

import "syscall"

// keptBack is how many file descriptors are not for connections, or half of few.
const keptBack = 256

// mostConnections is how many connections the process may have open.
func mostConnections() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 1 << 10
	}
	most := int(min(uint64(l.Cur), 1<<30)) //nolint:unconvert // signed on some systems
	return most - min(keptBack, most/2)
}
