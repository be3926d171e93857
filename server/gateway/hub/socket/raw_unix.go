//go:build unix

package socket

import (
	"io"
	"net"
	"syscall"
)

// rawConn is the connection's file descriptor for calls that do not block; nil
// when bytes do not go to it as they are (TLS).
func rawConn(sock net.Conn) syscall.RawConn {
	tcp, ok := sock.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// write writes as much of p as the socket takes now.
func (s *scratch) write(raw syscall.RawConn, p []byte) (int, error) {
	if s.try == nil {
		s.try = func(fd uintptr) bool {
			for {
				s.n, s.err = syscall.Write(int(fd), s.p)
				if s.err != syscall.EINTR {
					return true
				}
			}
		}
	}
	s.p = p
	err := raw.Write(s.try)
	s.p = nil
	switch {
	case err != nil:
		return 0, err
	case s.err == syscall.EAGAIN:
		return 0, nil
	}
	return max(s.n, 0), s.err
}

// fillRaw waits until the socket can be read without holding a buffer meanwhile.
func (c *Conn) fillRaw() error {
	var failed error
	err := c.raw.Read(func(fd uintptr) bool {
		buf := c.set.buffers.Get().(*[]byte)
		n, err := syscall.Read(int(fd), *buf)
		if n > 0 {
			c.buf, c.r, c.w = buf, 0, int32(n)
			return true
		}
		c.set.buffers.Put(buf)
		switch err {
		case syscall.EAGAIN, syscall.EINTR:
			return false
		case nil:
			failed = io.EOF
		default:
			failed = err
		}
		return true
	})
	if err != nil {
		return err
	}
	return failed
}
