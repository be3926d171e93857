//go:build !linux

package servertest

import (
	"net"
	"testing"
)

// FreeAddress finds a port that stays the same over restarts, unless somebody
// gets it in between.
func FreeAddress(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
