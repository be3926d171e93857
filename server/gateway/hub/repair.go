package hub

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

const (
	maxHeld     = 256 // early entries that wait in a room; those above are read again
	maxHeldSize = 1 << 20
	roomPage    = 500 // rooms compared with the store by one read
	// grace is how long a room may trail the store before it reads: what is on its
	// way is no gap.
	grace = 100 * time.Millisecond
	// emptyReads: a store that has nothing after so many tries never had what was told of it.
	emptyReads = 8
)

// hold keeps an early entry, the lowest ones when there are too many. r.mu is held.
func (r *room) hold(l *topic.Live) {
	i, found := slices.BinarySearchFunc(r.held, l.Seq, func(e topic.Live, seq int64) int { return int(e.Seq - seq) })
	if found {
		return
	}
	size := len(l.Frame)
	for _, e := range r.held {
		size += len(e.Frame)
	}
	if len(r.held) >= maxHeld || size > maxHeldSize {
		if i == len(r.held) {
			return
		}
		r.held = slices.Delete(r.held, len(r.held)-1, len(r.held))
	}
	kept := *l
	kept.Frame = slices.Clone(l.Frame) // not to keep all it came with
	r.held = slices.Insert(r.held, i, kept)
}

// learn takes in what the store said. A room that has no last yet begins there;
// one that trails is repaired. It returns who stands here no more. r.mu is held.
func (r *room) learn(last int64) (out []*Conn) {
	if !r.known {
		r.known, r.last = true, last
		out = r.applyHeld()
	}
	r.target = max(r.target, last)
	r.wantRepair()
	return out
}

// heard is told of a last seq by a head, or by a comparison with the store.
func (r *room) heard(last int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = max(r.target, last)
	r.wantRepair()
}

// wantRepair has one repair run, if the room trails. A room that is not known yet
// is read by who joins. r.mu is held.
func (r *room) wantRepair() {
	if r.known && r.target > r.last && !r.mend {
		r.mend = r.hub.do(r.repair)
	}
}

// repair reads what is missing from the store until the room is where it must
// be. It retries for as long as the store fails: the room stays closed.
func (r *room) repair(ctx context.Context) {
	h := r.hub
	wait, told, empty := time.Duration(0), false, 0
	if !r.gap() {
		wait = grace
	}
	for attempt := 0; ; attempt++ {
		if !sleep(ctx, wait) {
			return
		}
		after, more := r.missing(empty >= emptyReads)
		if empty >= emptyReads {
			h.log.Warn("room was told of entries that the store does not have", "conversation", r.id, "last", after)
		}
		if !more {
			return
		}
		moved, err := r.readOn(ctx, after)
		switch {
		case err != nil && ctx.Err() != nil:
			return
		case err != nil && !told:
			told = true
			h.log.Warn("room is behind and cannot be read", "conversation", r.id, "last", after, "err", err)
		case err == nil && !moved:
			empty++
		}
		if moved {
			attempt, wait, empty = -1, 0, 0
			continue
		}
		wait = h.times.backoff(attempt)
	}
}

// gap reports whether an entry waits for one before it.
func (r *room) gap() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held) > 0
}

// missing reports up to where the room has applied and whether more is known to
// be. A repair that is told there is none is over. giveUp believes the store,
// which has none: what waits is dropped, not pushed.
func (r *room) missing(giveUp bool) (after int64, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if giveUp && r.target > r.last {
		r.held, r.target = nil, r.last
	}
	if r.target <= r.last || len(r.live)+len(r.waiting) == 0 {
		r.mend = false
		return r.last, false
	}
	return r.last, true
}

// readOn applies a page of the store and reports whether the room moved.
func (r *room) readOn(ctx context.Context, after int64) (moved bool, err error) {
	h := r.hub
	select {
	case h.reads <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	entries, err := h.cfg.Rooms.RoomEntries(ctx, r.id, after, api.EntriesPage)
	<-h.reads
	if err != nil {
		return false, err
	}
	elected := false
	for i := range entries {
		elected = r.takeStored(&entries[i]) || elected
	}
	if elected {
		r.pump()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last > after, nil
}

// takeStored is take for what the store has: a hole in it is not held, the page ends there.
func (r *room) takeStored(l *topic.Live) (elected bool) {
	r.mu.Lock()
	fits := l.Seq <= r.last+1
	r.mu.Unlock()
	return fits && r.take(l)
}

// sweep compares all rooms with the store: at once when the live channel may
// have lost something, and now and then as the last net (promises, rule 10).
func (h *Hub) sweep(ctx context.Context) {
	tick := time.NewTicker(h.times.Sweep)
	defer tick.Stop()
	for {
		pause := time.Duration(0)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			pause = grace
		case <-h.resync:
		}
		for page := range slices.Chunk(h.allRooms(), roomPage) {
			if !h.compare(ctx, page) || !sleep(ctx, pause) {
				return
			}
		}
	}
}

// compare repairs those rooms that trail the store. It retries until the store answers, or ctx ends.
func (h *Hub) compare(ctx context.Context, rooms []*room) bool {
	ids := make([]api.ConversationID, len(rooms))
	for i, r := range rooms {
		ids[i] = r.id
	}
	for attempt := 0; ; attempt++ {
		seqs, err := h.cfg.Rooms.LastSeqs(ctx, ids)
		if err == nil {
			for _, r := range rooms {
				r.heard(seqs[r.id])
			}
			return true
		}
		if attempt == 0 && ctx.Err() == nil {
			h.log.Warn("rooms cannot be compared with the store", "rooms", len(ids), "err", err)
		}
		if !sleep(ctx, h.times.backoff(attempt)) {
			return false
		}
	}
}

func (h *Hub) allRooms() []*room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	return rooms
}

// backoff is full jitter below a bound that doubles.
func (t Times) backoff(attempt int) time.Duration {
	return rand.N(min(t.RetryMin<<min(attempt, 20), t.RetryMax)) + 1
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
