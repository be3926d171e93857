package history

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// written is the body of a message or an edit.
type written struct {
	api.MessageBody
	Target int64 `json:"target"`
}

// textOf reads the body of a message or an edit; false for other entries.
func textOf(e api.Entry) (w written, ok bool) {
	ok = (e.Kind == api.EntryMessage || e.Kind == api.EntryEdit) && json.Unmarshal(e.Body, &w) == nil
	return w, ok
}

// emptied gives the one of two sights of an entry that still has its text, if the other has lost it.
func emptied(a, b api.Entry) (whole api.Entry, ok bool) {
	x, okX := textOf(a)
	y, okY := textOf(b)
	if !okX || !okY || x.Deleted == y.Deleted {
		return whole, false
	}
	if whole = a; x.Deleted {
		whole = b
	}
	a.Body, b.Body = nil, nil
	return whole, same(a, b)
}

// findDeletions notes what took the text of each message: its first deletion, or
// the erasure of its sender, or a purge of all that lay before.
func (c *checker) findDeletions() {
	for conv, log := range c.logs {
		gone := map[int64]int64{}
		c.gone[conv] = gone
		for _, seq := range sortedSeqs(log) {
			var d api.DeleteBody
			switch e := log[seq]; {
			case e.Kind == api.EntryDelete && json.Unmarshal(e.Body, &d) == nil && gone[d.Target] == 0:
				gone[d.Target] = seq
			case e.Kind == api.EntryErase || e.Kind == api.EntryPurge:
				for before, m := range log {
					its := m.Sender == e.Sender || e.Kind == api.EntryPurge
					if before < seq && m.Kind == api.EntryMessage && its && gone[before] == 0 {
						gone[before] = seq
					}
				}
			}
		}
	}
}

// messagesStand: the messages that a person reads are those of their log, each
// with the text of the last edit that they may see, or without any (edit).
func (c *checker) messagesStand() {
	for i := range c.Final {
		f := &c.Final[i]
		want := messagesOf(f.Page, c.gone[f.Head.Conversation])
		for _, e := range f.Messages {
			var got api.MessageBody
			m, known := want[e.Seq]
			c.holds(json.Unmarshal(e.Body, &got) == nil && known && string(api.Encode(got)) == string(api.Encode(m)),
				"edit", "%s of %s: message %d reads %s, and the log says %s", f.Person, f.Head.Conversation, e.Seq, e.Body, api.Encode(m))
			delete(want, e.Seq)
		}
		for seq := range want {
			c.holds(false, "edit", "%s of %s: message %d of the log is not among the messages", f.Person, f.Head.Conversation, seq)
		}
	}
}

// messagesOf are the messages that a log comes to. What it says of a message
// that is withheld is nothing; gone is what took the texts.
func messagesOf(p api.Page, gone map[int64]int64) map[int64]api.MessageBody {
	all, bySeq := map[int64]api.MessageBody{}, map[int64]api.Entry{}
	for _, e := range p.Entries {
		bySeq[e.Seq] = e
		w, isText := textOf(e)
		m, known := all[w.Target]
		switch {
		case isText && e.Kind == api.EntryMessage:
			all[e.Seq] = w.MessageBody
		case isText && known && !w.Deleted:
			m.Text, m.Mentions, m.Edited = w.Text, w.Mentions, e.Seq
			all[w.Target] = m
		}
	}
	for seq, m := range all {
		if m.Deleted { // who did it shows where the reader may see the deletion
			all[seq] = api.MessageBody{Deleted: true, DeletedBy: bySeq[gone[seq]].Sender}
		}
	}
	return all
}

// deletions: a deleted text can be read nowhere, nothing loses its text but by a
// deletion, and nothing is edited or deleted after it (deleted).
func (c *checker) deletions() {
	for conv, log := range c.logs {
		for seq, e := range log {
			var d api.DeleteBody
			w, isText := textOf(e)
			switch {
			case e.Kind == api.EntryDelete && json.Unmarshal(e.Body, &d) == nil:
				c.holds(c.gone[conv][d.Target] == seq, "deleted", "%s: message %d was deleted at %d and %d", conv, d.Target, c.gone[conv][d.Target], seq)
			case isText && e.Kind == api.EntryEdit:
				at := c.gone[conv][w.Target]
				c.holds(at == 0 || at > seq, "deleted", "%s: message %d was edited at %d, after its deletion", conv, w.Target, seq)
			}
		}
	}
	for _, f := range c.Final {
		for _, e := range append(f.Page.Entries, f.Messages...) {
			w, isText := textOf(e)
			if !isText {
				continue
			}
			of := w.Target
			if e.Kind == api.EntryMessage {
				of = e.Seq
			}
			by := c.gone[f.Head.Conversation][of]
			promise := "deleted"
			if c.logs[f.Head.Conversation][by].Kind == api.EntryErase {
				promise = "erased"
			}
			c.holds((by > 0) == w.Deleted && (by == 0 || w.Text == ""), promise, "%s of %s reads at %d %s; message %d lost its text at %d", f.Person, f.Head.Conversation, e.Seq, e.Body, of, by)
		}
	}
}

// erasures: each conversation of an erased person has one entry that says so,
// nothing of theirs comes after it, and nobody else is erased (erased).
func (c *checker) erasures() {
	for conv, log := range c.logs {
		at := map[api.MemberID]int64{}
		for _, seq := range sortedSeqs(log) {
			e := log[seq]
			c.holds(at[e.Sender] == 0, "erased", "%s seq %d: %s is of a member who was erased at %d", conv, seq, e.Kind, at[e.Sender])
			if e.Kind == api.EntryErase {
				at[e.Sender] = seq
			}
		}
		for member := range at {
			c.holds(c.isErased(conv, member), "erased", "%s: %s was erased at %d and did not ask for it", conv, member, at[member])
		}
		if !c.readToTheEnd(conv) {
			continue
		}
		for _, x := range c.Erased {
			if h, was := c.latest[seat{x.Person, conv}]; was {
				c.holds(at[h.Me] > 0, "erased", "%s: nothing says that %s was erased", conv, x.Person)
			}
		}
	}
}

func (c *checker) isErased(conv api.ConversationID, member api.MemberID) bool {
	for _, x := range c.Erased {
		if h, was := c.latest[seat{x.Person, conv}]; !was || h.Me == member {
			return true // one whose heads were never read may be it
		}
	}
	return false
}

// readToTheEnd reports whether somebody who is there now has read a conversation's log.
func (c *checker) readToTheEnd(conv api.ConversationID) bool {
	for _, f := range c.Final {
		if f.Head.Conversation == conv && f.Head.Membership == api.Present {
			return true
		}
	}
	return false
}
