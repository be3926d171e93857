package socket

import (
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/sse"
)

const (
	writeBytes = 64 << 10 // one non-blocking write takes about so much of a queue
	stepBytes  = 16 << 10 // one blocking write: its deadline means no progress (promises, rule 11)
)

// writer writes the queues of a share of the connections. Its goroutine exists
// only while there is something to write, and never waits for a socket.
type writer struct {
	set *Set

	delivered atomic.Uint64 // frames; with the others of the same writer only

	mu      sync.Mutex
	dirty   []*Conn
	spare   []*Conn
	running bool
}

// push puts c, which is busy, at the end of the line.
func (w *writer) push(c *Conn) {
	if c.raw == nil {
		w.set.cfg.Spawn(func() { c.drain(c.unsent(nil)) })
		return
	}
	w.mu.Lock()
	w.dirty = append(w.dirty, c)
	start := !w.running
	w.running = true
	w.mu.Unlock()
	if start {
		w.set.cfg.Spawn(w.run)
	}
}

func (w *writer) run() {
	s := w.set.scratch.Get().(*scratch)
	defer w.set.scratch.Put(s)
	for {
		w.mu.Lock()
		if len(w.dirty) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		line := w.dirty
		w.dirty, w.spare = w.spare[:0], nil
		w.mu.Unlock()
		for _, c := range line {
			w.flush(c, s)
		}
		clear(line)
		w.mu.Lock()
		w.spare = line
		w.mu.Unlock()
	}
}

// flush writes what waits in one call. What the socket does not take is left to
// a goroutine that waits for it.
func (w *writer) flush(c *Conn, s *scratch) {
	p, ok := c.take(s)
	if !ok {
		return
	}
	n, err := s.write(c.raw, p)
	switch {
	case err != nil:
		c.Kill()
		c.settle()
	case n < len(p):
		c.mu.Lock()
		c.refused = true
		c.mu.Unlock()
		u := c.unsent(p)
		u.advance(n)
		u.b = slices.Clone(u.b)
		w.set.cfg.Spawn(func() { c.drain(u) })
	default:
		c.heardBy()
		if c.settle() { // more came meanwhile: one busy socket starves nobody
			w.push(c)
		}
	}
}

// drain is the blocking path: it writes u and then what waits, for as long as
// the socket makes progress.
func (c *Conn) drain(u unsent) {
	var s *scratch
	for {
		if !c.writeOut(u) {
			c.Kill()
			c.settle()
			return
		}
		// A deadline left behind would fail the next non-blocking write, so it goes before the election ends.
		_ = c.sock.SetWriteDeadline(time.Time{})
		if s == nil {
			s = c.set.scratch.Get().(*scratch)
			defer c.set.scratch.Put(s)
		}
		p, ok := c.take(s)
		if !ok {
			return
		}
		u = c.unsent(p)
	}
}

// writeOut reports whether all of u was written.
func (c *Conn) writeOut(u unsent) bool {
	for len(u.b) > 0 {
		_ = c.sock.SetWriteDeadline(time.Now().Add(c.set.cfg.Stall))
		c.slow(c.set.now())
		n, err := c.sock.Write(u.b[:min(len(u.b), stepBytes)])
		c.slow(0)
		u.advance(n)
		if n > 0 {
			c.heardBy()
		}
		late := errors.Is(err, os.ErrDeadlineExceeded)
		if late && n > 0 && c.raw != nil {
			continue // it does make progress; a TLS connection is of no use after a deadline
		}
		if late {
			c.stalled(u)
		}
		if err != nil {
			return false
		}
	}
	return true
}

// slow notes since when a connection without RawConn is within a write: that is
// all one can see of a socket that refuses.
func (c *Conn) slow(since time.Duration) {
	if c.raw == nil {
		c.mu.Lock()
		c.since = since
		c.mu.Unlock()
	}
}

// stalled tells a peer that has not read for Stall why it is cut off: it sees
// the frame under way to its end, then the close frame, once it reads again. The
// kernel's buffer is full, so it is made larger for them.
func (c *Conn) stalled(u unsent) {
	c.set.stalled.Add(1)
	c.owner.Stalled()
	c.mu.Lock()
	c.shut()
	c.mu.Unlock()
	tcp, ok := c.sock.(*net.TCPConn)
	if !ok || c.raw == nil {
		return
	}
	last := slices.Clone(u.b[:u.whole])
	if end := closeChunk(api.CloseStalled, "nothing was read for too long").b; c.events {
		last = appendEvents(last, end)
	} else {
		last = append(last, end...)
	}
	_ = tcp.SetWriteDeadline(time.Time{})
	_ = tcp.SetWriteBuffer(4*c.set.cfg.SendBuffer + 4*len(last) + 256<<10) // the kernel counts its overhead, too
	s := c.set.scratch.Get().(*scratch)
	defer c.set.scratch.Put(s)
	if n, err := s.write(c.raw, last); err == nil && n == len(last) {
		_ = tcp.CloseWrite()
	}
}

// unsent is what a socket has not taken. whole is where the frame, or the event,
// that is under way ends in b; end finds it (frameEnd, sse.End).
type unsent struct {
	b     []byte
	whole int
	end   func(b []byte, off int) int
}

func (c *Conn) unsent(b []byte) unsent {
	if c.events {
		return unsent{b: b, end: sse.End}
	}
	return unsent{b: b, end: frameEnd}
}

func (u *unsent) advance(n int) {
	if n <= u.whole {
		u.b, u.whole = u.b[n:], u.whole-n
		return
	}
	rest, n := u.b[u.whole:], n-u.whole
	u.b, u.whole = rest[n:], u.end(rest, n)-n
}

// scratch is what one goroutine needs to write.
type scratch struct {
	chunks []*Chunk
	flat   []byte

	// Of one write: the closure is made once.
	p   []byte
	n   int
	err error
	try func(fd uintptr) bool
}

// join is the chunks as one piece, as events for who reads those. A single one of
// frames is not copied. It is valid until the next join.
func (s *scratch) join(events bool) []byte {
	p := s.chunks[0].b
	if events || len(s.chunks) > 1 {
		s.flat = s.flat[:0]
		for _, ch := range s.chunks {
			if events {
				s.flat = appendEvents(s.flat, ch.b)
			} else {
				s.flat = append(s.flat, ch.b...)
			}
		}
		p = s.flat
	}
	clear(s.chunks)
	return p
}
