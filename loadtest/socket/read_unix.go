//go:build unix

package socket

import "syscall"

const readsRaw = true

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
