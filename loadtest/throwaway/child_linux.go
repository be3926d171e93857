package throwaway

import "syscall"

// childAttr gives a child a group of its own, so that Ctrl-C reaches it through
// Stop, after its clients have gone, and has the kernel end it with this process,
// however that ends.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
