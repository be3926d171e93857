package hub

import (
	"context"
	"slices"
	"sync"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
)

// Invariant, under a key's lock: the key is wanted on the live channel exactly
// while its person or room is in the hub's map. So a room that is being left
// while another joins is never without its key. Keys are dropped by tidy alone:
// what finds them unused may run within Deliver, where calling back into the
// live channel could wait for itself.

func (h *Hub) keyLock(k bus.Key) *sync.Mutex { return &h.keys[(k.ID[0]^k.ID[15])%byte(len(h.keys))] }

func roomKey(c api.ConversationID) bus.Key { return bus.Key{Kind: bus.Conversation, ID: c} }
func personKey(u api.UserID) bus.Key       { return bus.Key{Kind: bus.Person, ID: u} }

// pin finds or makes the room and keeps it until unpin. Its key is wanted when pin returns.
func (h *Hub) pin(conv api.ConversationID) (*room, error) {
	key := roomKey(conv)
	l := h.keyLock(key)
	l.Lock()
	defer l.Unlock()
	h.mu.Lock()
	if h.state == starting || h.state == ended {
		h.mu.Unlock()
		return nil, ErrClosed
	}
	r, wanted := h.rooms[conv]
	if !wanted {
		r = &room{id: conv, hub: h}
		h.rooms[conv] = r
	}
	r.refs++
	h.mu.Unlock()
	if !wanted {
		h.interest.Want(key)
	}
	return r, nil
}

// unpin gives n pins back.
func (h *Hub) unpin(r *room, n int) {
	h.mu.Lock()
	r.refs -= n
	unused := r.refs == 0
	h.mu.Unlock()
	if unused {
		h.unused.add(roomKey(r.id))
	}
}

// signIn puts c among its person's connections and wants the person's key.
func (h *Hub) signIn(c *Conn, id *identity) bool {
	key := personKey(id.user)
	l := h.keyLock(key)
	l.Lock()
	defer l.Unlock()
	h.mu.Lock()
	if h.state == ended || c.left || !c.identity.CompareAndSwap(nil, id) {
		h.mu.Unlock()
		return false
	}
	conns, wanted := h.persons[id.user]
	h.persons[id.user] = append(slices.Clip(conns), c)
	h.mu.Unlock()
	if !wanted {
		h.interest.Want(key)
	}
	return true
}

// signOut takes c from its person's connections; it cannot sign in any more.
func (h *Hub) signOut(c *Conn) {
	h.mu.Lock()
	c.left = true
	id := c.identity.Load()
	unused := false
	if id != nil {
		rest := make([]*Conn, 0, len(h.persons[id.user]))
		for _, o := range h.persons[id.user] {
			if o != c {
				rest = append(rest, o)
			}
		}
		h.persons[id.user] = rest
		unused = len(rest) == 0
	}
	h.mu.Unlock()
	if unused {
		h.unused.add(personKey(id.user))
	}
}

// tidy drops what is in use by nobody.
func (h *Hub) tidy(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.unused.ready:
		}
		for _, k := range h.unused.take() {
			h.dropUnused(k)
		}
	}
}

func (h *Hub) dropUnused(k bus.Key) {
	l := h.keyLock(k)
	l.Lock()
	defer l.Unlock()
	h.mu.Lock()
	var gone bool
	if k.Kind == bus.Person {
		var conns []*Conn
		if conns, gone = h.persons[k.ID]; gone && len(conns) == 0 {
			delete(h.persons, k.ID)
		} else {
			gone = false
		}
	} else if r := h.rooms[k.ID]; r != nil && r.refs == 0 {
		delete(h.rooms, k.ID)
		gone = true
	}
	h.mu.Unlock()
	if gone {
		h.interest.Drop(k)
	}
}

// backlog is a list that one goroutine works off. It is unbounded, and holds
// each thing about once.
type backlog[T any] struct {
	ready chan struct{} // holds a token while something may wait
	mu    sync.Mutex
	items []T
}

func newBacklog[T any]() backlog[T] { return backlog[T]{ready: make(chan struct{}, 1)} }

func (b *backlog[T]) add(x T) {
	b.mu.Lock()
	b.items = append(b.items, x)
	b.mu.Unlock()
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *backlog[T]) take() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = nil
	return items
}
