// Package threads keeps the threads of the conversations that were on the screen
// last, each with how far it has come.
//
// It bounds how many there are, and says of which conversations nothing has to
// be followed any more. What comes in, and what is asked for, is its caller's
// matter. There is no I/O here. Threads belongs to one screen.
package threads

import (
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/thread"
)

// most is how many threads are kept.
const most = 20

// Kept is one conversation's thread.
type Kept struct {
	Thread  thread.Model
	Applied int64 // the last seq that came in order
	Marked  int64 // the last seq that the server was told of as read
	Away    bool  // nobody looked when the last message came

	shown  int                  // when it was last on the screen
	typing map[string]time.Time // who writes, and until when
}

// Threads is all that are kept.
type Threads struct {
	cfg   thread.Config
	by    map[api.ConversationID]*Kept
	shown int // counts what was shown, for Kept.shown
}

// New returns Threads that keeps none. Each thread is made with cfg.
func New(cfg thread.Config) *Threads {
	return &Threads{cfg: cfg, by: map[api.ConversationID]*Kept{}}
}

// Of is the thread of a room, nil where there is none.
func (t *Threads) Of(room *rooms.Room) *Kept {
	if room == nil {
		return nil
	}
	return t.by[room.Head.Conversation]
}

// Begin makes a room's thread, anew if there was one. It begins where the room
// stands now, so what is later has to be followed. left are the conversations
// whose threads had to give way.
func (t *Threads) Begin(room *rooms.Room, blocked []string) (k *Kept, left []api.ConversationID) {
	h := room.Head
	k = &Kept{Applied: h.LastSeq}
	k.Thread = thread.New(t.cfg, h).SetMembers(room.Members()).SetBlocked(blocked)
	if room.Unread() > 0 {
		k.Thread = k.Thread.MarkNew(h.ReadSeq)
	}
	t.by[h.Conversation] = k
	t.Show(k)
	for len(t.by) > most {
		left = append(left, t.forget())
	}
	return k, left
}

// Show says that a thread is on the screen now.
func (t *Threads) Show(k *Kept) {
	t.shown++
	k.shown, k.Away = t.shown, false
}

// forget lets go of the thread that was on the screen longest ago.
func (t *Threads) forget() (oldest api.ConversationID) {
	for id, k := range t.by {
		if oldest.IsZero() || k.shown < t.by[oldest].shown {
			oldest = id
		}
	}
	delete(t.by, oldest)
	return oldest
}

// SetBlocked tells all of them whom the reader blocks.
func (t *Threads) SetBlocked(handles []string) {
	for _, k := range t.by {
		k.Thread = k.Thread.SetBlocked(handles)
	}
}

// Clear forgets all of them.
func (t *Threads) Clear() { clear(t.by) }
