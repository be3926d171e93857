//go:build !windows

package outside

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Shell reports whether this program can be stopped and a shell is told, which
// can let it go on. In the process group that began the session (a window's only
// command, ssh HOST COMMAND, exec) nobody is: there it would hang for ever.
func Shell() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != unix.Getpgrp() && !signal.Ignored(syscall.SIGTSTP)
}
