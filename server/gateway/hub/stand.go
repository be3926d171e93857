package hub

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/hub/socket"
)

// Join stands in a room: its key is wanted, then its last seq is read from the
// store and returned. Of what follows nothing is pushed before GoLive or
// GoLiveIn. Joining again is harmless, and needed after the person came back: it
// reads where the room stands anew. The connection must have signed in.
func (c *Conn) Join(ctx context.Context, conv api.ConversationID) (last int64, err error) {
	if err := c.JoinAll(ctx, []api.ConversationID{conv}); err != nil {
		return 0, err
	}
	return c.Last(conv), nil
}

// JoinAll is Join for many rooms with one read of the store; Last tells where
// they stand. After an error the connection stands in none that it did not before.
func (c *Conn) JoinAll(ctx context.Context, convs []api.ConversationID) error {
	if c.identity.Load() == nil {
		return fmt.Errorf("joining rooms: %w", ErrClosed)
	}
	h := c.hub
	rooms := make([]*room, 0, len(convs))
	spare := func() {
		for _, r := range rooms {
			h.unpin(r, 1)
		}
	}
	for _, conv := range convs {
		r, err := h.pin(conv)
		if err != nil {
			spare()
			return fmt.Errorf("joining rooms: %w", err)
		}
		rooms = append(rooms, r)
	}
	lasts, err := h.cfg.Rooms.LastSeqs(ctx, convs)
	if err != nil {
		spare()
		return fmt.Errorf("reading where rooms stand: %w", err)
	}
	for _, r := range rooms {
		kept, ok := r.join(c, lasts[r.id])
		if !kept {
			h.unpin(r, 1)
		}
		if !ok {
			err = fmt.Errorf("joining rooms: %w", ErrClosed) // c is out of all of them
		}
	}
	return err
}

// Leave takes the connection out of a room.
func (c *Conn) Leave(conv api.ConversationID) {
	if r := c.roomOf(conv); r != nil {
		r.leave(c)
	}
}

// Rooms lists where the connection stands.
func (c *Conn) Rooms() []api.ConversationID {
	c.mu.Lock()
	defer c.mu.Unlock()
	convs := make([]api.ConversationID, 0, len(c.rooms))
	for conv := range c.rooms {
		convs = append(convs, conv)
	}
	return convs
}

// GoLive queues frame, when there is one, and pushes the entries of all rooms
// where the connection stands from now on. Call it when the memberships were
// read again after the last Join. What was dropped before had raised Last: who
// compares Last with the heads that were sent, after GoLive, misses nothing.
func (c *Conn) GoLive(frame []byte) {
	var ch *socket.Chunk
	if frame != nil {
		ch = socket.NewChunk(socket.Firm, frame)
	}
	c.mu.Lock()
	rooms := make([]*room, 0, len(c.rooms))
	for _, r := range c.rooms {
		rooms = append(rooms, r)
	}
	c.mu.Unlock()
	c.socket.GoLive(ch)
	for _, r := range rooms {
		r.goLive(c)
	}
}

// GoLiveIn is GoLive for one room of a connection that is live: a room that was
// joined later. Call it when the membership was read again after Join; Last,
// asked after it, tells whether the room moved since its head was read.
func (c *Conn) GoLiveIn(conv api.ConversationID) {
	if r := c.roomOf(conv); r != nil {
		r.goLive(c)
	}
}

// Last is up to where the connection's head of a room has to be current: what
// lies above it is pushed, once live. 0: it does not stand there.
func (c *Conn) Last(conv api.ConversationID) int64 {
	r := c.roomOf(conv)
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(r.last, r.waiting[c].from)
}

func (c *Conn) roomOf(conv api.ConversationID) *room {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rooms[conv]
}

// stand notes that c stands in r, whose lock is held. was: it did already; ok: it may.
func (c *Conn) stand(r *room) (was, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return false, false
	}
	if _, was = c.rooms[r.id]; was {
		return true, true
	}
	if c.rooms == nil {
		c.rooms = make(map[api.ConversationID]*room)
	}
	c.rooms[r.id] = r
	return false, true
}

// unstand is stand's opposite. r's lock is held.
func (c *Conn) unstand(r *room) {
	c.mu.Lock()
	delete(c.rooms, r.id)
	c.mu.Unlock()
}

// leaveAll takes c out of every room and lets it into none any more.
func (c *Conn) leaveAll() {
	c.mu.Lock()
	c.gone = true
	rooms := make([]*room, 0, len(c.rooms))
	for _, r := range c.rooms {
		rooms = append(rooms, r)
	}
	c.mu.Unlock()
	for _, r := range rooms {
		r.leave(c)
	}
}
