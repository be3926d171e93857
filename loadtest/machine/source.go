package machine

import (
	"net"
	"net/netip"
)

// Owns returns why nothing can be bound to an address here, which is so when it
// is not one of this machine's; nil: connections can go out from it.
func Owns(a netip.Addr) error {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0)))
	if err != nil {
		return err
	}
	return l.Close()
}
