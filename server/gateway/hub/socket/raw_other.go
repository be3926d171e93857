//go:build !unix

package socket

import (
	"errors"
	"net"
	"syscall"
)

// rawConn has none here: connections are read and written by blocking calls.
func rawConn(net.Conn) syscall.RawConn { return nil }

func (s *scratch) write(syscall.RawConn, []byte) (int, error) { return 0, errors.ErrUnsupported }

func (c *Conn) fillRaw() error { return errors.ErrUnsupported }
