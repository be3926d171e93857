package socket

import "time"

// Look is how a connection stands at one moment.
type Look struct {
	Frames, Bytes int  // that wait in its queue
	Events        bool // Server-Sent Events; else a WebSocket
	Live          bool
	Lagging       bool
	Refused       bool          // the socket did not take all that was written
	Silent        time.Duration // since anything came from the peer, to a beat's exactness
}

// Look tells how c stands.
func (c *Conn) Look() Look {
	silent := c.set.now() - time.Duration(c.heard.Load())
	c.mu.Lock()
	defer c.mu.Unlock()
	return Look{Frames: int(c.frames), Bytes: int(c.bytes), Events: c.events, Live: c.live, Lagging: c.lagging, Refused: c.refused, Silent: max(silent, 0)}
}
