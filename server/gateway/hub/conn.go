package hub

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/coder/websocket"
)

// Bounds of a queue (promises, rule 11).
const (
	maxFrames = 512
	maxBytes  = 256 << 10
	// A queue whose socket has not refused anything is not slow, its writer has
	// only not come to it yet: a batch of a thousand entries may be ahead of it.
	patience = 8
)

// Conn is one client's socket. It is small: most are idle, with nothing queued.
type Conn struct {
	hub      *Hub
	sock     net.Conn        // the TCP or TLS connection
	raw      syscall.RawConn // of sock; nil: it is written and read by blocking calls only
	ws       *websocket.Conn // handshake, parsing, masks, answers to control frames
	out      *writer
	identity atomic.Pointer[identity] // nil before sign-in
	heard    atomic.Int64             // Hub.clock at the last byte from the peer
	data     atomic.Value

	// Only the reading goroutine: bytes of the peer that the library has not asked for yet.
	buf  *[]byte
	r, w int32

	// Under hub.mu.
	bucket, index int32 // place in the wheel
	left          bool  // may not sign in any more

	mu      sync.Mutex
	queue   []*chunk
	frames  int32
	bytes   int32
	busy    bool          // an elected writer has it, or will come to it
	refused bool          // the socket did not take all; a goroutine waits for it
	since   time.Duration // of a connection without raw: Hub.now at which the write under way began; 0: none
	live    bool          // gets the entries of its rooms
	lagging bool          // the queue was dropped; the notice is all that waits
	closing bool          // a close frame is queued or the peer has closed: nothing may follow
	dead    bool          // the socket is closed
	gone    bool          // stands nowhere and may not any more
	idle    chan struct{} // closed when the queue is empty or c is dead; nil: nobody waits
	closeBy time.Duration // Hub.now at which closing ends, once closing
	rooms   map[api.ConversationID]*room
}

type identity struct {
	user    api.UserID
	session api.SessionID
}

// SignIn makes the connection the person's: results and events of the person
// reach it from now on, and it may send frames of up to 64 KiB. Only the first
// call counts.
func (c *Conn) SignIn(user api.UserID, session api.SessionID) {
	if c.hub.signIn(c, &identity{user, session}) {
		c.ws.SetReadLimit(api.MaxFrame)
	}
}

// User is who signed in; zero before.
func (c *Conn) User() api.UserID {
	if id := c.identity.Load(); id != nil {
		return id.user
	}
	return api.UserID{}
}

// Session is the one that signed in; zero before.
func (c *Conn) Session() api.SessionID {
	if id := c.identity.Load(); id != nil {
		return id.session
	}
	return api.SessionID{}
}

// SetData keeps the gateway's own state of the connection. v has the same type each time.
func (c *Conn) SetData(v any) { c.data.Store(v) }

// Data is what SetData kept; nil before.
func (c *Conn) Data() any { return c.data.Load() }

// Send queues one client frame (JSON) and returns at once. It reports false
// when the connection lags or is closed; then the frame is gone. frame is not kept.
func (c *Conn) Send(frame []byte) bool { return c.enqueue(newChunk(firm, frame)) }

// Flushed waits until all that was queued has been given to the socket. Its
// error is ErrClosed or ctx's.
func (c *Conn) Flushed(ctx context.Context) error {
	c.mu.Lock()
	if !c.busy || c.dead {
		defer c.mu.Unlock()
		if c.closing || c.dead {
			return ErrClosed
		}
		return nil
	}
	idle := c.awaitIdle()
	c.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-idle:
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing || c.dead {
		return ErrClosed
	}
	return nil
}

// Close queues a close frame behind what waits and lets nothing follow. The
// socket is gone 2 s later at the latest, whether or not the peer reads or answers.
func (c *Conn) Close(code api.CloseCode, reason string) {
	if c.enqueue(closeChunk(code, reason)) {
		_ = c.sock.SetReadDeadline(time.Now().Add(c.hub.times.Linger)) // the reader ends it then
	}
}

// enqueue queues ch unless its class says that it is not for now. It never blocks.
func (c *Conn) enqueue(ch *chunk) bool {
	c.mu.Lock()
	ok := c.admit(ch)
	wake := c.elect()
	c.mu.Unlock()
	if wake {
		c.out.push(c)
	}
	return ok
}

// elect makes c busy, when there is something to write and nobody does; the caller gives it to its writer. c.mu is held.
func (c *Conn) elect() bool {
	if len(c.queue) == 0 || c.busy {
		return false
	}
	c.busy = true
	return true
}

// admit appends ch, or drops it, or all. c.mu is held.
func (c *Conn) admit(ch *chunk) bool {
	switch {
	case c.closing || c.dead:
		return false
	case ch.class == final:
		c.shut()
	case c.lagging, !c.live && (ch.class == entry || ch.class == soft):
		return false
	case (ch.class == soft || ch.class == beat) && (c.frames >= maxFrames/2 || c.bytes >= maxBytes/2):
		return false
	case c.overflows(ch):
		c.lag()
		return false
	}
	c.queue = append(c.queue, ch)
	c.frames += int32(ch.frames)
	c.bytes += int32(len(ch.b))
	return true
}

func (c *Conn) overflows(ch *chunk) bool {
	times := patience
	if c.refused || c.since != 0 && c.hub.now()-c.since > grace {
		times = 1
	}
	return len(c.queue) > 0 && (int(c.frames)+ch.frames > times*maxFrames || int(c.bytes)+len(ch.b) > times*maxBytes)
}

// lag drops the queue: what was in it is in the store. One notice replaces it. c.mu is held.
func (c *Conn) lag() {
	clear(c.queue)
	c.queue = append(c.queue[:0], c.hub.notice)
	c.frames, c.bytes = 1, int32(len(c.hub.notice.b))
	c.lagging, c.live = true, false
	c.hub.lagged.Add(1)
}

// shut lets nothing follow what is queued. c.mu is held.
func (c *Conn) shut() {
	if !c.closing {
		c.closing, c.live = true, false
		c.closeBy = c.hub.now() + c.hub.times.Linger
		c.rest() // Flushed has nothing to wait for
	}
}

// awaitIdle is closed when nothing waits any more. c.mu is held, and c is busy.
func (c *Conn) awaitIdle() <-chan struct{} {
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	return c.idle
}

// rest tells who waits that there is nothing to write. c.mu is held.
func (c *Conn) rest() {
	if c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// take moves what waits, up to about writeBytes, out of the queue, joined. It
// reports false when nothing waits; then c is not busy any more.
func (c *Conn) take(s *scratch) (p []byte, ok bool) {
	c.mu.Lock()
	if len(c.queue) == 0 || c.dead {
		c.mu.Unlock()
		c.settle()
		return nil, false
	}
	n, size := 1, len(c.queue[0].b)
	for n < len(c.queue) && size+len(c.queue[n].b) <= writeBytes {
		size += len(c.queue[n].b)
		n++
	}
	s.chunks = append(s.chunks[:0], c.queue[:n]...)
	before := c.frames
	c.drop(n)
	c.out.delivered.Add(uint64(before - c.frames))
	noticed := c.lagging && !c.closing
	c.lagging = false // the notice, first in the queue, is on its way: c reads again
	c.mu.Unlock()
	if noticed {
		c.hub.do(c.lagged)
	}
	return s.join(), true
}

func (c *Conn) lagged(ctx context.Context) {
	c.hub.log.InfoContext(ctx, "connection lagged", "user", c.User())
	c.hub.events.Lagging(ctx, c)
}

// settle ends the election when nothing waits, and reports whether something does.
func (c *Conn) settle() (more bool) {
	c.mu.Lock()
	if more = len(c.queue) > 0 && !c.dead; more {
		c.mu.Unlock()
		return true
	}
	c.busy, c.refused = false, false
	c.rest()
	fin := c.closing && !c.dead
	c.mu.Unlock()
	if fin {
		c.halfClose()
	}
	return false
}

// drop takes n chunks off the queue. c.mu is held.
func (c *Conn) drop(n int) {
	for _, ch := range c.queue[:n] {
		c.frames -= int32(ch.frames)
		c.bytes -= int32(len(ch.b))
	}
	rest := copy(c.queue, c.queue[n:])
	clear(c.queue[rest:])
	if c.queue = c.queue[:rest]; rest == 0 && cap(c.queue) > 8 {
		c.queue = nil // a connection at rest holds little
	}
}

// halfClose sends FIN after all that was written. The peer's answer still comes in.
func (c *Conn) halfClose() {
	if hc, ok := c.sock.(interface{ CloseWrite() error }); ok {
		_ = hc.CloseWrite()
	}
}

// kill closes the socket, whatever waits. The reader and writers see it and end.
func (c *Conn) kill() {
	c.mu.Lock()
	c.shut()
	c.dead = true
	c.queue, c.frames, c.bytes = nil, 0, 0
	c.rest()
	c.mu.Unlock()
	_ = c.sock.Close()
}
