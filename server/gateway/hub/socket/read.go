package socket

import (
	"context"
	"errors"
	"io"
	"time"
	"unicode/utf8"

	"github.com/chatctl/chatctl/server/api"
	"github.com/coder/websocket"
)

const (
	readBytes  = 8 << 10 // a buffer that a socket is read into
	mostUnread = 1 << 20 // bytes of the peer that are thrown away while closing
)

// Read hands each message to the owner until the connection ends. The library
// answers control frames and what breaks the protocol meanwhile. It is called
// once, on the connection's one goroutine, and followed by Finish there.
func (c *Conn) Read(ctx context.Context) {
	if c.events {
		c.hear()
		return
	}
	quiet := context.WithoutCancel(ctx) // with a Done the library would arm a timer for each frame
	for {
		kind, r, err := c.ws.Reader(quiet)
		if err != nil {
			return
		}
		if kind != websocket.MessageText {
			c.Close(api.CloseProtocol, "text frames only")
			return
		}
		buf := c.set.messages.Get().(*[]byte)
		msg, err := readAll((*buf)[:0], r)
		if err != nil {
			return
		}
		if !utf8.Valid(msg) {
			c.Close(api.CloseBadText, "not UTF-8")
			return
		}
		if !c.open() {
			continue // what a client says after it was sent away counts no more; its close frame does
		}
		c.owner.Frame(ctx, msg)
		*buf = msg[:0]
		c.set.messages.Put(buf)
	}
}

func (c *Conn) open() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closing
}

// readAll is io.ReadAll into b.
func readAll(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// Finish closes the socket as RFC 6455, 7.1.1 asks: what waits goes out, then
// FIN, and what the peer still sends is thrown away for a moment, because a close
// with unread input resets the connection and the peer loses the close frame.
func (c *Conn) Finish() {
	c.giveBack()
	if c.events {
		_ = (*wire)(c).Close()
	} else {
		_ = c.ws.CloseNow() // ends in wire.Close
	}
	c.mu.Lock()
	var idle <-chan struct{}
	if c.busy && !c.dead {
		idle = c.awaitIdle()
	}
	left := c.closeBy - c.set.now()
	c.mu.Unlock()
	end := time.Now().Add(left)
	if idle != nil {
		t := time.NewTimer(left)
		select {
		case <-idle:
		case <-t.C:
		}
		t.Stop()
	}
	c.halfClose()
	_ = c.sock.SetReadDeadline(end)
	buf := c.set.buffers.Get().(*[]byte)
	for n, total := 0, 0; total < mostUnread; total += n {
		var err error
		if n, err = c.sock.Read(*buf); err != nil {
			break
		}
	}
	c.set.buffers.Put(buf)
	c.Kill()
}
