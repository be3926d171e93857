package inbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// conversation is what is known of one. Invariant: applied < every seq in early.
type conversation struct {
	head     api.Head
	told     int64 // LastSeq of the latest head: its counts and name include all up to there
	named    int64 // the entry that the name is of, if that is later
	followed bool
	applied  int64
	early    map[int64]api.Entry
	unread   []place // messages of others above the read mark, ascending, as far as they were seen

	first    int64         // the seq that the present gap begins with
	due      time.Time     // when that gap may be pulled
	patience time.Duration // wait after a pull that brought nothing
}

// place is a message's place in the two counts.
type place struct{ seq, ord int64 }

// maxUnread bounds conversation.unread: a mark below it leaves the count to the next head.
const maxUnread = 1024

// missing reports whether there is a gap.
func (c *conversation) missing() bool { return c.followed && c.applied < c.head.LastSeq }

// gap is what to pull: after applied, up to the first early entry or the last known one.
func (c *conversation) gap() Pull {
	to := c.head.LastSeq
	for seq := range c.early {
		to = min(to, seq-1)
	}
	return Pull{Conversation: c.head.Conversation, After: c.applied, To: to}
}

// deliver applies e, keeps it, or drops it as a duplicate.
func (c *conversation) deliver(e api.Entry) []api.Entry {
	switch {
	case e.Seq <= c.applied:
		return nil
	case e.Seq == c.applied+1 || !c.followed:
		c.applied = e.Seq
		return c.drain([]api.Entry{e})
	case len(c.early) < maxEarly:
		c.early[e.Seq] = e
	}
	return nil
}

// drain moves early entries that have become next to the end of apply.
func (c *conversation) drain(apply []api.Entry) []api.Entry {
	for {
		e, ok := c.early[c.applied+1]
		if !ok {
			return apply
		}
		delete(c.early, e.Seq)
		c.applied++
		apply = append(apply, e)
	}
}

// page walks from applied to the page's end over entries and withheld ranges.
// It stops at a seq that is in neither: the page does not answer this gap.
func (c *conversation) page(p api.Page) []api.Entry {
	slices.SortFunc(p.Entries, func(a, b api.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(p.Withheld, func(a, b api.Withheld) int { return cmp.Compare(a.From, b.From) })
	for _, e := range p.Entries {
		c.seen(e)
	}
	var apply []api.Entry
	entries, withheld := p.Entries, p.Withheld
	for {
		for len(entries) > 0 && entries[0].Seq <= c.applied {
			entries = entries[1:]
		}
		for len(withheld) > 0 && min(withheld[0].To, p.Next) <= c.applied { // Next bounds what the page tells
			withheld = withheld[1:]
		}
		switch next := c.applied + 1; {
		case len(entries) > 0 && entries[0].Seq == next:
			delete(c.early, next)
			c.applied = next
			apply = append(apply, entries[0])
		case len(withheld) > 0 && withheld[0].From <= next:
			c.advance(min(withheld[0].To, p.Next))
		default:
			if _, ok := c.early[next]; !ok {
				return apply
			}
			apply = c.drain(apply)
		}
	}
}

// advance moves applied over what is withheld.
func (c *conversation) advance(to int64) {
	c.applied = to
	for seq := range c.early {
		if seq <= to {
			delete(c.early, seq)
		}
	}
}

// settle lets a conversation that is not followed stand at its end.
func (c *conversation) settle() {
	c.applied = max(c.applied, c.head.LastSeq)
	clear(c.early)
}

// merge takes a newer head.
func (c *conversation) merge(h api.Head) {
	old := c.head
	c.told = max(c.told, h.LastSeq)
	if c.named > h.LastSeq {
		h.Name = old.Name
	}
	if h.LastSeq < old.LastSeq { // read before entries that have overtaken it
		h.LastSeq, h.LastOrd, h.LastTime, h.Mentions = old.LastSeq, old.LastOrd, old.LastTime, old.Mentions
	}
	switch {
	case h.ReadSeq < old.ReadSeq:
		h.ReadSeq, h.ReadOrd, h.Mentions = old.ReadSeq, old.ReadOrd, old.Mentions
	case h.ReadSeq == old.ReadSeq:
		h.ReadOrd = max(h.ReadOrd, old.ReadOrd)
	}
	h.ReceivedSeq = max(h.ReceivedSeq, old.ReceivedSeq)
	c.head = h
	c.forgetRead()
	if !c.followed {
		c.settle()
	}
}

// hurry makes a gap due now.
func (c *conversation) hurry(now time.Time) {
	if !c.due.IsZero() && c.due.After(now) {
		c.due = now
	}
}

// wait puts a gap off after a pull that brought nothing.
func (c *conversation) wait(now time.Time) {
	c.patience = min(max(2*c.patience, Patience), maxPatience)
	if !c.due.IsZero() {
		c.due = now.Add(c.patience)
	}
}
