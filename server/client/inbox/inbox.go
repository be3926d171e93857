// Package inbox puts the entries of conversations in order: which to hand on,
// which to keep back, which to pull, and what is unread. It is the client's
// algorithm of the wire.
//
// It does no I/O and has no clock; times are passed in. What it promises for a
// followed conversation: whatever arrives in whatever order, doubled or not at
// all, it hands on every entry after the point it follows from exactly once, in
// order of seq, as long as the pulls that it asks for are answered. An Inbox is
// not safe for concurrent use.
package inbox

import (
	"time"

	"github.com/chatctl/chatctl/server/api"
)

const (
	// Patience is how long an entry that came early waits for those before it
	// until they are pulled.
	Patience = 500 * time.Millisecond
	// maxPatience bounds the doubling wait after pulls that brought nothing.
	maxPatience = 16 * time.Second
	// maxEarly bounds the entries kept back in one conversation; others are pulled later.
	maxEarly = 1024
)

// Inbox is what one client knows of its conversations.
type Inbox struct {
	epoch api.Epoch
	all   map[api.ConversationID]*conversation
	gaps  map[api.ConversationID]*conversation // those of all in which something is missing
	open  api.ConversationID
	out   api.ConversationID // in which a pull is under way, or zero
}

// New returns an Inbox that knows no conversation.
func New() *Inbox {
	return &Inbox{all: map[api.ConversationID]*conversation{}, gaps: map[api.ConversationID]*conversation{}}
}

// Hello takes the epoch that the server named. When it is another than before,
// the store was restored or imported: everything known is dropped, and Hello
// reports true.
func (in *Inbox) Hello(e api.Epoch) (reset bool) {
	reset = !in.epoch.IsZero() && in.epoch != e
	if reset {
		clear(in.all)
		clear(in.gaps)
	}
	in.epoch, in.out = e, api.ConversationID{}
	return reset
}

// Knows reports whether a head of c has come in this epoch.
func (in *Inbox) Knows(c api.ConversationID) bool { return in.all[c] != nil }

// Head takes where a conversation stands. Marks and last places never go back.
// What is behind in a followed conversation is pulled unless it comes within Patience.
func (in *Inbox) Head(h api.Head, now time.Time) {
	c := in.all[h.Conversation]
	if c == nil {
		c = &conversation{head: h, told: h.LastSeq, applied: h.LastSeq, early: map[int64]api.Entry{}}
		in.all[h.Conversation] = c
	}
	c.merge(h)
	in.watch(c, now)
}

// State returns the head as far as it is known, entries and marks since included.
func (in *Inbox) State(c api.ConversationID) (api.Head, bool) {
	k := in.all[c]
	if k == nil {
		return api.Head{}, false
	}
	return k.head, true
}

// Follow asks for every entry of a known conversation after seq after, at once.
// It forgets how far the conversation was applied before.
func (in *Inbox) Follow(c api.ConversationID, after int64, now time.Time) {
	k := in.all[c]
	if k == nil {
		return
	}
	k.followed, k.applied, k.patience = true, after, 0
	clear(k.early)
	k.due = time.Time{}
	in.watch(k, now)
	k.hurry(now)
}

// Unfollow lets go of a conversation: its head is kept, gaps are not pulled.
func (in *Inbox) Unfollow(c api.ConversationID) {
	if k := in.all[c]; k != nil {
		k.followed = false
		k.settle()
		in.watch(k, time.Time{})
	}
}

// Open names the conversation that a person looks at: it is pulled first.
func (in *Inbox) Open(c api.ConversationID) { in.open = c }

// Attached is told when all heads of a new connection have come: what is missing
// now will not be pushed, so there is nothing to wait for. Nor will a pull be
// answered that was under way.
func (in *Inbox) Attached(now time.Time) {
	in.out = api.ConversationID{}
	for _, c := range in.gaps {
		c.hurry(now)
	}
}

// Deliver takes an entry that was pushed and returns the entries that can be
// handed on now, in order. An entry of a conversation that no head has named is
// dropped: its head will show the gap.
func (in *Inbox) Deliver(e api.Entry, now time.Time) []api.Entry {
	c := in.all[e.Conversation]
	if c == nil {
		return nil
	}
	c.seen(e)
	apply := c.deliver(e)
	in.watch(c, now)
	return apply
}

// Page takes the answer to a pull and returns the entries that can be handed on
// now, in order.
func (in *Inbox) Page(p api.Page, now time.Time) []api.Entry {
	c := in.all[p.Conversation]
	if in.out == p.Conversation {
		in.out = api.ConversationID{}
	}
	if c == nil || !c.followed {
		return nil
	}
	before := c.applied
	apply := c.page(p)
	in.watch(c, now)
	if c.applied > before {
		c.patience = 0
		c.hurry(now) // the rest is known to be missing, too
	} else {
		c.wait(now)
	}
	return apply
}

// Failed is told when a pull was not answered or refused: it is asked again, later each time.
func (in *Inbox) Failed(id api.ConversationID, now time.Time) {
	if in.out == id {
		in.out = api.ConversationID{}
	}
	if c := in.all[id]; c != nil {
		c.wait(now)
	}
}

// Mark takes the reader's own marks; they never go back.
func (in *Inbox) Mark(id api.ConversationID, received, read int64) {
	if c := in.all[id]; c != nil {
		c.mark(received, read)
	}
}

// watch keeps c among the gaps exactly while something is missing in it.
func (in *Inbox) watch(c *conversation, now time.Time) {
	if !c.missing() {
		delete(in.gaps, c.head.Conversation)
		c.due, c.first, c.patience = time.Time{}, 0, 0
		return
	}
	in.gaps[c.head.Conversation] = c
	if c.first != c.applied+1 || c.due.IsZero() { // another gap than before has its own patience
		c.first, c.due = c.applied+1, now.Add(Patience)
	}
}
