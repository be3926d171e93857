//go:build !unix

package socket

import "syscall"

// readsRaw is false where a descriptor is not read like this; the plain path keeps a buffer.
const readsRaw = false

// boundReads leaves the buffer as it is.
func boundReads(syscall.RawConn, int) error { return nil }

func (c *Conn) readFD(uintptr) bool { return true }
