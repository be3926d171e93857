package inbox

import (
	"cmp"
	"slices"

	"github.com/chatctl/chatctl/server/api"
)

// seen takes what an entry says of its conversation, whether or not it can be
// handed on yet: where the end is, what the group is called, and that one's own
// sends count as read. The same entry again changes nothing. What an edit does to
// mentions the server tells by the person's version.
func (c *conversation) seen(e api.Entry) {
	h := &c.head
	if e.Seq > h.LastSeq {
		h.LastSeq, h.LastOrd, h.LastTime = e.Seq, e.Ord, e.Time
	}
	if e.Kind == api.EntryRename && e.Seq > max(c.told, c.named) {
		if b, err := api.DecodeTolerant[api.RenameBody](e.Body); err == nil {
			h.Name, c.named = b.Name, e.Seq
		}
	}
	switch {
	case e.Seq <= h.ReadSeq:
		h.ReadOrd = max(h.ReadOrd, e.Ord)
		return
	case e.Kind != api.EntryMessage:
		return
	case e.Sender == h.Me:
		h.ReadSeq, h.ReadOrd = e.Seq, max(h.ReadOrd, e.Ord)
		c.forgetRead()
		return
	}
	at, found := slices.BinarySearchFunc(c.unread, e.Seq, func(p place, seq int64) int { return cmp.Compare(p.seq, seq) })
	if found {
		return
	}
	c.unread = slices.Insert(c.unread, at, place{e.Seq, e.Ord})
	if len(c.unread) > maxUnread {
		c.unread = c.unread[1:]
	}
	if e.Seq > c.told && mentions(e, h.Me) {
		h.Mentions++
	}
}

// mark moves the reader's own marks. The count of what is read follows where the
// last message up to read is known; else the next head brings it.
func (c *conversation) mark(received, read int64) {
	h := &c.head
	h.ReceivedSeq = max(h.ReceivedSeq, min(received, h.LastSeq))
	if read = min(read, h.LastSeq); read <= h.ReadSeq {
		return
	}
	h.ReadSeq = read
	for _, p := range c.unread {
		if p.seq <= read {
			h.ReadOrd = max(h.ReadOrd, p.ord)
		}
	}
	c.forgetRead()
}

// forgetRead drops the places that are read now.
func (c *conversation) forgetRead() {
	h := &c.head
	if h.ReadSeq >= h.LastSeq {
		h.ReadOrd, h.Mentions = max(h.ReadOrd, h.LastOrd), 0
	}
	c.unread = slices.DeleteFunc(c.unread, func(p place) bool { return p.seq <= h.ReadSeq })
}

// mentions reports whether a message names the member. A body that cannot be read names nobody.
func mentions(e api.Entry, me api.MemberID) bool {
	b, err := api.DecodeTolerant[api.MessageBody](e.Body)
	return err == nil && slices.Contains(b.Mentions, me)
}
