package socket

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

// Owner is who has a Conn. No lock is held when it is called.
type Owner interface {
	// Frame is one text message of the client, valid UTF-8, within the read
	// limit, on the goroutine of Read. payload is valid during the call.
	Frame(ctx context.Context, payload []byte)
	// Lagged tells that the queue was dropped: the connection is out of live, and
	// `lagging` is on its way. It must not wait.
	Lagged()
	// Stalled tells that the connection is closed because its peer reads nothing.
	Stalled()
}

// Conn is one client's socket. It is small: most are idle, with nothing queued.
// Set.Accept or Set.Listen fills it.
type Conn struct {
	set    *Set
	owner  Owner
	sock   net.Conn        // the TCP or TLS connection
	raw    syscall.RawConn // of sock; nil: it is written and read by blocking calls only
	ws     *websocket.Conn // handshake, parsing, masks, answers to control frames; nil when events
	events bool            // the peer only listens, and reads events in place of frames
	out    *writer
	heard  atomic.Int64 // Set.clock at the last byte from the peer, or to who listens

	// Only the reading goroutine: bytes of the peer that the library has not asked for yet.
	buf  *[]byte
	r, w int32

	bucket, index int32 // place in the wheel, under its lock

	mu      sync.Mutex
	queue   []*Chunk
	frames  int32
	bytes   int32
	busy    bool          // an elected writer has it, or will come to it
	refused bool          // the socket did not take all; a goroutine waits for it
	since   time.Duration // of a connection without raw: Set.now at which the write under way began; 0: none
	live    bool          // gets the entries of its rooms
	lagging bool          // the queue was dropped; the notice is all that waits
	closing bool          // a close frame is queued or the peer has closed: nothing may follow
	dead    bool          // the socket is closed
	idle    chan struct{} // closed when the queue is empty or c is dead; nil: nobody waits
	closeBy time.Duration // Set.now at which closing ends, once closing
}

// SetReadLimit bounds the bytes of a message of the client; api.MaxFrameUnauth at first.
func (c *Conn) SetReadLimit(n int64) {
	if !c.events {
		c.ws.SetReadLimit(n)
	}
}

// GoLive queues ch, when there is one, and admits entries from now on, unless
// the connection lags or closes: then its owner was told, and reads again.
func (c *Conn) GoLive(ch *Chunk) {
	c.mu.Lock()
	if ch != nil {
		c.admit(ch)
	}
	if !c.lagging && !c.closing {
		c.live = true
	}
	wake := c.elect()
	c.mu.Unlock()
	if wake {
		c.out.push(c)
	}
}

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
	if c.Enqueue(closeChunk(code, reason)) {
		_ = c.sock.SetReadDeadline(time.Now().Add(c.set.cfg.Linger)) // the reader ends it then
	}
}

// halfClose sends FIN after all that was written. The peer's answer still comes in.
func (c *Conn) halfClose() {
	if hc, ok := c.sock.(interface{ CloseWrite() error }); ok {
		_ = hc.CloseWrite()
	}
}

// Kill closes the socket, whatever waits. The reader and writers see it and end.
func (c *Conn) Kill() {
	c.mu.Lock()
	c.shut()
	c.dead = true
	c.queue, c.frames, c.bytes = nil, 0, 0
	c.rest()
	c.mu.Unlock()
	_ = c.sock.Close()
}
