//go:build !unix

package socket

// readsRaw is false where a descriptor is not read like this; the plain path keeps a buffer.
const readsRaw = false

func (c *Conn) readFD(uintptr) bool { return true }
