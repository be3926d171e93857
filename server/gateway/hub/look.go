package hub

import "github.com/chatctl/chatctl/server/gateway/hub/socket"

// Look is how a connection stands at one moment.
type Look struct {
	socket.Look
	Rooms int
}

// Look tells how c stands.
func (c *Conn) Look() Look {
	c.mu.Lock()
	rooms := len(c.rooms)
	c.mu.Unlock()
	return Look{c.socket.Look(), rooms}
}
