//go:build unix

package socket

import "syscall"

const readsRaw = true

// boundReads sets the receive buffer before the connection is made, so that the
// window it offers is as small.
func boundReads(raw syscall.RawConn, size int) error {
	var err error
	if e := raw.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, size) }); e != nil {
		return e
	}
	return err
}

// readFD is called by RawConn.Read each time that something may have come. It
// takes a buffer only for that moment.
func (c *Conn) readFD(fd uintptr) bool {
	c.take()
	for {
		n, err := syscall.Read(int(fd), (*c.buf)[len(c.rest):])
		switch err {
		case nil:
			c.n = len(c.rest) + n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			c.release()
			return false
		default:
			c.err = err
		}
		return true
	}
}
