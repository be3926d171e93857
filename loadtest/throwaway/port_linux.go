package throwaway

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// KeepPort keeps an address of this machine from all who listen on any port, or
// connect from one, until release: for a server that had it and comes back. Who
// asks for that very port may listen on it. Where it cannot, it does nothing.
func KeepPort(address string) (release func()) {
	none := func() {}
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().Is4() {
		return none
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return none
	}
	// Bound, and not listening: socket(7), SO_REUSEADDR, which every listener of Go's has, too.
	err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())})
	}
	release = func() { _ = unix.Close(fd) } // it holds nothing that could be lost
	if err != nil {
		release()
		return none
	}
	return release
}
