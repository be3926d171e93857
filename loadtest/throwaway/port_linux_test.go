package throwaway_test

import (
	"errors"
	"net"
	"syscall"
	"testing"

	"github.com/chatctl/chatctl/loadtest/throwaway"
)

func TestThePortOfAServerThatIsAwayIsNobodyElses(t *testing.T) {
	open := func(address string) net.Listener {
		t.Helper()
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	other := open("127.0.0.1:0")
	defer other.Close()
	l := open("127.0.0.1:0")
	port := l.Addr()
	l.Close()
	connect := func() error {
		c, err := (&net.Dialer{LocalAddr: port}).DialContext(t.Context(), "tcp", other.Addr().String())
		if err == nil {
			c.Close()
		}
		return err
	}
	release := throwaway.KeepPort(port.String())
	if err := connect(); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("somebody connects from it: %v", err)
	}
	open(port.String()).Close() // it comes back
	if err := connect(); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("somebody connects from it later: %v", err)
	}
	release()
	if err := connect(); err != nil {
		t.Errorf("nobody can have it any more: %v", err)
	}
}
