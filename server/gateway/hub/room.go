package hub

import (
	"slices"
	"sync"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/hub/socket"
)

// inlineMembers: a room of so few is served by who delivers, a larger one by a goroutine of its own.
const inlineMembers = 64

// room is one conversation on this gateway. It applies the client's rule and
// fails closed (wire: "The gateway's room").
//
// Invariant: the members of live were members as of last, as far as the hub was
// told, and every batch in pending goes to those of its own seqs: whoever comes
// or goes seals the batch.
type room struct {
	id   api.ConversationID
	hub  *Hub
	refs int // under hub.mu: connections that stand here or are about to

	mu     sync.Mutex
	known  bool         // last was read; before that entries wait
	last   int64        // applied, and pushed to whoever was live
	target int64        // the store is known to have entries up to here
	held   []topic.Live // early entries, ascending, bounded
	mend   bool         // a repair is under way

	live    []*Conn         // append-only while shared
	shared  bool            // a batch refers to live's array
	waiting map[*Conn]place // stand here, but get nothing yet
	due     bool            // some of them are live and wait for their place to be reached

	pending []batch
	sealed  bool // the last batch of pending takes nothing more
	pumping bool // somebody pushes pending, or will
}

// place is a connection's that gets entries above from, once it is live here.
type place struct {
	from int64
	live bool
}

// batch is a chunk and who gets it.
type batch struct {
	chunk       *socket.Chunk
	first, last int64 // the entries in it; 0: none
	to          []*Conn
}

// take applies an entry as it comes and reports whether the caller has to call
// push afterwards. r.mu must not be held.
func (r *room) take(l *topic.Live) (elected bool) {
	r.mu.Lock()
	var out []*Conn
	switch {
	case r.known && l.Seq <= r.last: // a duplicate
	case r.known && (l.Seq == r.last+1 || r.hub.cfg.Faults.RoomsFailOpen):
		out = r.apply(l)
		out = append(out, r.applyHeld()...)
	default:
		r.hold(l)
		r.target = max(r.target, l.Seq)
		r.wantRepair()
	}
	elected = r.elect()
	r.mu.Unlock()
	if len(out) > 0 {
		r.hub.unpin(r, len(out))
	}
	return elected
}

// apply pushes the entry at last+1 and lets go whom it removes: they get this
// entry and nothing after it. It returns who stands here no more. r.mu is held.
func (r *room) apply(l *topic.Live) (out []*Conn) {
	r.last = l.Seq
	if len(r.live) > 0 {
		r.append(socket.Entry, l.Frame, l.Seq)
	}
	for _, ch := range l.Changes {
		if !ch.Joined {
			out = append(out, r.remove(ch.Person, l.Seq)...)
		}
	}
	if r.due {
		r.due = false
		for c, p := range r.waiting {
			r.promote(c, p)
		}
	}
	return out
}

// applyHeld applies what waited for the entry before it. r.mu is held.
func (r *room) applyHeld() (out []*Conn) {
	n := 0
	for ; n < len(r.held) && r.held[n].Seq <= r.last+1; n++ {
		if r.held[n].Seq == r.last+1 {
			out = append(out, r.apply(&r.held[n])...)
		}
	}
	r.held = slices.Delete(r.held, 0, n)
	if len(r.held) == 0 {
		r.held = nil
	}
	return out
}

// remove lets a person's connections go, but those that joined after seq: the
// person is back. r.mu is held.
func (r *room) remove(person api.UserID, seq int64) (out []*Conn) {
	for _, c := range slices.Clone(r.live) {
		if c.User() != person {
			continue
		}
		r.cut(c)
		if _, back := r.waiting[c]; !back {
			c.unstand(r)
			out = append(out, c)
		}
	}
	for c, p := range r.waiting {
		if p.from <= seq && c.User() == person {
			delete(r.waiting, c)
			c.unstand(r)
			out = append(out, c)
		}
	}
	return out
}

// append adds a frame for those who are live now; seq is an entry's. r.mu is held.
func (r *room) append(cl socket.Class, frame []byte, seq int64) {
	if n := len(r.pending); n > 0 && !r.sealed && r.pending[n-1].chunk.Add(cl, frame) {
		r.pending[n-1].last = seq
		return
	}
	r.pending = append(r.pending, batch{socket.NewChunk(cl, frame), seq, seq, r.live})
	r.sealed, r.shared = false, true
}

// elect makes the caller the one who pushes, when there is something and nobody does. r.mu is held.
func (r *room) elect() bool {
	if len(r.pending) == 0 || r.pumping {
		return false
	}
	r.pumping = true
	return true
}

// push is called by who was elected: here for a small room, on a goroutine for a large one.
func (r *room) push() {
	r.mu.Lock()
	small := len(r.live) <= inlineMembers
	r.mu.Unlock()
	if small {
		r.pump()
	} else {
		r.hub.spawn(r.pump)
	}
}

// pump queues what is pending until nothing is. There is one at a time.
func (r *room) pump() {
	for {
		r.mu.Lock()
		batches := r.pending
		r.pending, r.sealed = nil, false
		if len(batches) == 0 {
			r.pumping, r.shared = false, false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		for _, b := range batches {
			for _, c := range b.to {
				c.socket.Enqueue(b.chunk)
			}
			if b.first > 0 && r.hub.cfg.Pushed != nil {
				r.hub.cfg.Pushed(r.id, b.first, b.last, len(b.to))
			}
		}
	}
}

// state pushes what is no entry, best effort, and reports whether the caller has to call push.
func (r *room) state(l *topic.Live) (elected bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.live) > 0 {
		r.append(socket.Soft, l.Frame, 0)
	}
	return r.elect()
}

// join lets c stand here, if it may; last is what the store said after the key
// was wanted. kept tells whether c's pin is used up.
func (r *room) join(c *Conn, last int64) (kept, ok bool) {
	r.mu.Lock()
	out := r.learn(last)
	was, ok := c.stand(r)
	switch {
	case !ok:
	case !was:
		r.wait(c, place{from: max(last, r.last)})
	case last > r.last:
		// The room is behind. In what it has not applied the person may have gone and
		// come back, and must get nothing of what lay between.
		p, waits := r.waiting[c]
		p = place{from: last, live: p.live || !waits}
		r.wait(c, p)
		r.promote(c, p)
	}
	elected := r.elect()
	r.mu.Unlock()
	if elected {
		r.push()
	}
	if len(out) > 0 {
		r.hub.unpin(r, len(out))
	}
	return ok && !was, ok
}

func (r *room) wait(c *Conn, p place) {
	if r.waiting == nil {
		r.waiting = make(map[*Conn]place)
	}
	r.waiting[c] = p
}

// goLive pushes to c from now on.
func (r *room) goLive(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.waiting[c]; ok {
		p.live = true
		r.waiting[c] = p
		r.promote(c, p)
	}
}

// promote moves c to those who are live, when it is live and its place is reached. r.mu is held.
func (r *room) promote(c *Conn, p place) {
	if !p.live {
		return
	}
	if p.from > r.last {
		r.due = true
		return
	}
	delete(r.waiting, c)
	if !slices.Contains(r.live, c) {
		r.live = append(r.live, c)
		r.sealed = true
	}
}

// leave takes c out.
func (r *room) leave(c *Conn) {
	r.mu.Lock()
	_, stood := r.waiting[c]
	delete(r.waiting, c)
	stood = r.cut(c) || stood
	if stood {
		c.unstand(r)
	}
	r.mu.Unlock()
	if stood {
		r.hub.unpin(r, 1)
	}
}

// cut takes c from those who are live. r.mu is held.
func (r *room) cut(c *Conn) bool {
	i := slices.Index(r.live, c)
	if i < 0 {
		return false
	}
	if r.shared { // a batch holds the old array
		r.live, r.shared = slices.Clone(r.live), false
	}
	n := len(r.live) - 1
	r.live[i] = r.live[n]
	r.live[n] = nil
	r.live = r.live[:n]
	r.sealed = true
	return true
}
