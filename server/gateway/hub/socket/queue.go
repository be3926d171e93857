package socket

import "time"

// Bounds of a queue (promises, rule 11).
const (
	maxFrames = 512
	maxBytes  = 256 << 10
	// A queue whose socket has not refused anything is not slow, its writer has
	// only not come to it yet: a batch of a thousand entries may be ahead of it.
	patience = 8
	// slowFor is how long a blocking write may be under way before its socket counts as slow.
	slowFor = 100 * time.Millisecond
)

// Enqueue queues ch unless its class says that it is not for now, and reports
// whether it did. It never blocks.
func (c *Conn) Enqueue(ch *Chunk) bool {
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
func (c *Conn) admit(ch *Chunk) bool {
	switch {
	case c.closing || c.dead:
		return false
	case ch.class == final:
		c.shut()
	case c.lagging, !c.live && (ch.class == Entry || ch.class == Soft):
		return false
	case (ch.class == Soft || ch.class == beat) && (c.frames >= maxFrames/2 || c.bytes >= maxBytes/2):
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

func (c *Conn) overflows(ch *Chunk) bool {
	times := patience
	if c.refused || c.since != 0 && c.set.now()-c.since > slowFor {
		times = 1
	}
	return len(c.queue) > 0 && (int(c.frames)+ch.frames > times*maxFrames || int(c.bytes)+len(ch.b) > times*maxBytes)
}

// lag drops the queue: what was in it is in the store. One notice replaces it. c.mu is held.
func (c *Conn) lag() {
	clear(c.queue)
	c.queue = append(c.queue[:0], c.set.notice)
	c.frames, c.bytes = 1, int32(len(c.set.notice.b))
	c.lagging, c.live = true, false
	c.set.lagged.Add(1)
}

// shut lets nothing follow what is queued. c.mu is held.
func (c *Conn) shut() {
	if !c.closing {
		c.closing, c.live = true, false
		c.closeBy = c.set.now() + c.set.cfg.Linger
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
	if len(c.queue) == 0 || c.dead { // one lock: else what is queued in between has nobody who writes it
		fin := c.relieve()
		c.mu.Unlock()
		if fin {
			c.halfClose()
		}
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
		c.owner.Lagged()
	}
	return s.join(c.events), true
}

// settle ends the election when nothing waits, and reports whether something does.
func (c *Conn) settle() (more bool) {
	c.mu.Lock()
	more = len(c.queue) > 0 && !c.dead
	fin := !more && c.relieve()
	c.mu.Unlock()
	if fin {
		c.halfClose()
	}
	return more
}

// relieve ends the election: nothing waits, or nothing can be written. It reports
// whether that was the last of the connection; then halfClose follows. c.mu is held.
func (c *Conn) relieve() (last bool) {
	c.busy, c.refused = false, false
	c.rest()
	return c.closing && !c.dead
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
