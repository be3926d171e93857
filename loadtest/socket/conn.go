package socket

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"
)

// MaxMessage is the largest message that is read.
const MaxMessage = 4 << 20

const bufferSize = 64 << 10

// buffers are held only while there is something to read.
var buffers = sync.Pool{New: func() any { b := make([]byte, bufferSize); return &b }}

// Closed is the end of a connection by the other side's close frame.
type Closed struct {
	Code   int // 1005: none was given
	Reason string
}

func (c *Closed) Error() string { return fmt.Sprintf("closed by the server: %d %q", c.Code, c.Reason) }

// Conn is one WebSocket.
type Conn struct {
	nc  net.Conn
	raw syscall.RawConn // nil: the connection has no descriptor of its own (TLS, a pipe)

	// Of the goroutine that calls Next.
	rest  []byte // the beginning of a frame whose end has not come
	parts []byte // a fragmented message so far; nil outside of one
	read  func(fd uintptr) bool
	buf   *[]byte
	n     int
	err   error

	mu  sync.Mutex
	out []byte
}

func newConn(nc net.Conn, rest []byte) *Conn {
	c := &Conn{nc: nc, rest: append([]byte(nil), rest...)}
	c.read = c.readFD
	if tc, ok := nc.(*net.TCPConn); ok && readsRaw {
		c.raw, _ = tc.SyscallConn()
	}
	return c
}

// Next waits until something comes and calls handle with each whole text
// message in it, which is valid only during the call. It returns after one read,
// so that the caller can settle what that read brought. The error is a *Closed
// when the server said goodbye.
func (c *Conn) Next(handle func(message []byte)) error {
	if len(c.rest) > 0 { // what came with the answer to the upgrade may hold whole frames
		tail, err := c.frames(c.rest, handle)
		if err != nil {
			return err
		}
		if len(tail) < len(c.rest) {
			c.keep(tail)
			return nil
		}
	}
	if err := c.fill(); err != nil {
		return err
	}
	tail, err := c.frames((*c.buf)[:c.n], handle)
	if err == nil {
		c.keep(tail)
	}
	c.release()
	return err
}

// fill reads once, behind a copy of rest, into a buffer that release gives back.
func (c *Conn) fill() error {
	c.err = nil
	if c.raw != nil {
		if err := c.raw.Read(c.read); err != nil {
			return err
		}
	} else {
		c.take()
		var n int
		n, c.err = c.nc.Read((*c.buf)[len(c.rest):])
		c.n = len(c.rest) + n
	}
	if c.err == nil && c.n == len(c.rest) {
		c.err = io.EOF
	}
	if c.err != nil {
		c.release()
	}
	return c.err
}

// take gets a buffer that begins with rest.
func (c *Conn) take() {
	c.buf = buffers.Get().(*[]byte)
	if len(c.rest) > bufferSize/2 { // a large message: room for it, once
		buffers.Put(c.buf)
		b := make([]byte, 2*len(c.rest)+bufferSize)
		c.buf = &b
	}
	copy(*c.buf, c.rest)
}

func (c *Conn) release() {
	if c.buf != nil && len(*c.buf) == bufferSize {
		buffers.Put(c.buf)
	}
	c.buf = nil
}

// keep remembers the beginning of a frame.
func (c *Conn) keep(tail []byte) {
	if len(tail) == 0 && cap(c.rest) > 1<<10 {
		c.rest = nil
		return
	}
	c.rest = append(c.rest[:0], tail...)
}

// The opcodes and bits of a frame (RFC 6455, 5.2).
const (
	opContinue = 0
	opText     = 1
	opBinary   = 2
	opClose    = 8
	opPing     = 9
	opPong     = 10
	finBit     = 0x80
	maskBit    = 0x80
)

// frames handles the whole frames in p and returns what is left of it.
func (c *Conn) frames(p []byte, handle func([]byte)) ([]byte, error) {
	for {
		head, body, size, err := frame(p)
		if err != nil || size == 0 {
			return p, err
		}
		p = p[size:]
		switch op := head & 0x0f; {
		case op == opPing:
			if err := c.write(opPong, body); err != nil {
				return p, err
			}
		case op == opPong:
		case op == opClose:
			return p, c.goodbye(body)
		case op == opText && head&finBit != 0 && c.parts == nil:
			handle(body)
		case op == opText && c.parts == nil:
			c.parts = append(make([]byte, 0, 2*len(body)), body...)
		case op == opContinue && c.parts != nil && len(c.parts)+len(body) <= MaxMessage:
			c.parts = append(c.parts, body...)
			if head&finBit != 0 {
				handle(c.parts)
				c.parts = nil
			}
		default:
			return p, fmt.Errorf("a frame with opcode %d does not belong here", op)
		}
	}
}

// frame cuts the first frame off p; size 0 means that its end has not come.
func frame(p []byte) (head byte, body []byte, size int, err error) {
	if len(p) < 2 {
		return 0, nil, 0, nil
	}
	if p[0]&0x70 != 0 || p[1]&maskBit != 0 {
		return 0, nil, 0, errors.New("a frame with reserved bits or a mask: not what a server sends (RFC 6455, 5.1 and 5.2)")
	}
	n, h := uint64(p[1]), 2
	switch {
	case n == 126 && len(p) >= 4:
		n, h = uint64(binary.BigEndian.Uint16(p[2:])), 4
	case n == 127 && len(p) >= 10:
		n, h = binary.BigEndian.Uint64(p[2:]), 10
	case n >= 126:
		return 0, nil, 0, nil
	}
	if n > MaxMessage {
		return 0, nil, 0, fmt.Errorf("a frame of %d bytes; at most %d are read", n, MaxMessage)
	}
	if uint64(len(p)) < uint64(h)+n {
		return 0, nil, 0, nil
	}
	return p[0], p[h : h+int(n)], h + int(n), nil
}

func (c *Conn) goodbye(body []byte) error {
	closed := &Closed{Code: 1005}
	if len(body) >= 2 {
		closed.Code, closed.Reason = int(binary.BigEndian.Uint16(body)), string(body[2:])
	}
	_ = c.write(opClose, body[:min(2, len(body))]) // the answer is a courtesy: the connection ends here anyway
	return closed
}

// Write sends text messages in one write. It blocks while the server does not
// read; Close ends that.
func (c *Conn) Write(messages ...[]byte) error { return c.write(opText, messages...) }

func (c *Conn) write(op byte, messages ...[]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = c.out[:0]
	for _, m := range messages {
		c.out = appendFrame(c.out, op, m)
	}
	_, err := c.nc.Write(c.out)
	if cap(c.out) > bufferSize {
		c.out = nil
	}
	return err
}

// appendFrame adds one masked frame (RFC 6455, 5.3).
func appendFrame(b []byte, op byte, body []byte) []byte {
	b = append(b, finBit|op)
	switch n := len(body); {
	case n < 126:
		b = append(b, maskBit|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, maskBit|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, maskBit|127), uint64(n))
	}
	var mask [4]byte
	binary.NativeEndian.PutUint32(mask[:], rand.Uint32())
	b = append(b, mask[:]...)
	at := len(b)
	b = append(b, body...)
	for i := range body {
		b[at+i] ^= mask[i&3]
	}
	return b
}

// Close says goodbye and ends the connection at once. The port is free again
// immediately: thousands in TIME_WAIT would disturb the next test.
func (c *Conn) Close() error {
	_ = c.nc.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_ = c.write(opClose, []byte{1000 >> 8, 1000 & 0xff})
	below := c.nc
	if tc, ok := below.(*tls.Conn); ok {
		below = tc.NetConn()
	}
	if tc, ok := below.(*net.TCPConn); ok {
		_ = tc.SetLinger(0)
	}
	return c.nc.Close()
}
