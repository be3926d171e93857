package servertest

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

// messagesStand: the messages that a person reads are those of their log, each
// with the text of the last edit that they may see, or without any (edit).
func (c *checker) messagesStand() {
	for i := range c.Final {
		f := &c.Final[i]
		want := messagesOf(f.Page)
		for _, e := range f.Messages {
			var got api.MessageBody
			m, known := want[e.Seq]
			if json.Unmarshal(e.Body, &got) != nil || !known || string(api.Encode(got)) != string(api.Encode(m)) {
				c.breaks("edit", "%s of %s: message %d reads %s, and the log says %s", f.Person, f.Head.Conversation, e.Seq, e.Body, api.Encode(m))
			}
			delete(want, e.Seq)
		}
		for seq := range want {
			c.breaks("edit", "%s of %s: message %d of the log is not among the messages", f.Person, f.Head.Conversation, seq)
		}
	}
}

// messagesOf are the messages that a log comes to. What it says of a message
// that is withheld is nothing.
func messagesOf(p api.Page) map[int64]api.MessageBody {
	all := map[int64]api.MessageBody{}
	for _, e := range p.Entries {
		w, isText := textOf(e)
		m, known := all[w.Target]
		switch {
		case isText && e.Kind == api.EntryMessage:
			all[e.Seq] = w.MessageBody
		case isText && known && !w.Deleted:
			m.Text, m.Mentions, m.Edited = w.Text, w.Mentions, e.Seq
			all[w.Target] = m
		case e.Kind == api.EntryDelete:
			var d api.DeleteBody
			if json.Unmarshal(e.Body, &d) == nil && all[d.Target].Deleted {
				all[d.Target] = api.MessageBody{Deleted: true, DeletedBy: e.Sender}
			}
		}
	}
	return all
}

// deletions: a deleted text can be read nowhere, nothing loses its text but by a
// deletion, and nothing is edited or deleted after it (deleted).
func (c *checker) deletions() {
	gone := map[api.ConversationID]map[int64]int64{} // target → the deletion
	for conv, log := range c.logs {
		gone[conv] = map[int64]int64{}
		for _, seq := range sortedSeqs(log) {
			e := log[seq]
			var d api.DeleteBody
			w, isText := textOf(e)
			switch {
			case e.Kind == api.EntryDelete && json.Unmarshal(e.Body, &d) == nil:
				if first := gone[conv][d.Target]; first > 0 {
					c.breaks("deleted", "%s: message %d was deleted at %d and %d", conv, d.Target, first, seq)
				}
				gone[conv][d.Target] = seq
			case isText && e.Kind == api.EntryEdit && gone[conv][w.Target] > 0:
				c.breaks("deleted", "%s: message %d was edited at %d, after its deletion", conv, w.Target, seq)
			}
		}
	}
	for _, f := range c.Final {
		for _, e := range append(f.Page.Entries, f.Messages...) {
			w, isText := textOf(e)
			of := w.Target
			if e.Kind == api.EntryMessage {
				of = e.Seq
			}
			if deleted := gone[f.Head.Conversation][of] > 0; isText && (deleted != w.Deleted || deleted && w.Text != "") {
				c.breaks("deleted", "%s of %s reads at %d %s; message %d deleted: %v", f.Person, f.Head.Conversation, e.Seq, e.Body, of, deleted)
			}
		}
	}
}

// roles: who did what may do it, as the log says who they were then (role); and
// each head shows the role and name that the log comes to.
func (c *checker) roles() {
	for conv, log := range c.logs {
		r := roll{checker: c, conv: conv, log: log, role: map[api.MemberID]api.Role{}, names: map[int64]string{}}
		last := int64(0)
		for log[last+1].Seq == last+1 {
			last++
			r.read(log[last])
			r.names[last] = r.name
		}
		if int(last) != len(log) {
			continue // nobody has read the beginning
		}
		for _, f := range c.Final {
			switch h := f.Head; {
			case h.Conversation != conv || h.Kind != api.Group:
			case h.Membership == api.Present && h.Role != r.role[h.Me]:
				c.breaks("role", "%s of %s is %s, and by the log %s", f.Person, conv, h.Role, r.role[h.Me])
			case h.Name != r.names[h.LastSeq]:
				c.breaks("name", "%s of %s reads the name %q, not %q", f.Person, conv, h.Name, r.names[h.LastSeq])
			}
		}
	}
}

// roll is who is what in a conversation while its log is read.
type roll struct {
	*checker
	conv  api.ConversationID
	log   map[int64]api.Entry
	role  map[api.MemberID]api.Role
	name  string
	names map[int64]string // by seq
}

func (r *roll) read(e api.Entry) {
	rank := r.role[e.Sender]
	switch w, isText := textOf(e); {
	case isText && e.Kind == api.EntryEdit:
		r.may(e, r.log[w.Target].Sender == e.Sender)
	case e.Kind == api.EntryDelete:
		var d api.DeleteBody
		r.may(e, json.Unmarshal(e.Body, &d) == nil && (r.log[d.Target].Sender == e.Sender || rank == api.Owner || rank == api.Admin))
	case e.Kind == api.EntryRename:
		var b api.RenameBody
		r.may(e, json.Unmarshal(e.Body, &b) == nil && (rank == api.Owner || rank == api.Admin))
		r.name = b.Name
	case e.Kind == api.EntryCreate:
		var b api.CreateBody
		r.may(e, json.Unmarshal(e.Body, &b) == nil)
		for _, m := range b.Members {
			r.role[m] = api.Plain
		}
		r.role[e.Sender], r.name = api.Owner, b.Name
	case e.Kind == api.EntryMember:
		r.change(e, rank)
	}
}

// change reads a change of membership or role, by a member of that rank.
func (r *roll) change(e api.Entry, rank api.Role) {
	var b api.MemberBody
	if json.Unmarshal(e.Body, &b) != nil {
		return
	}
	switch b.Change {
	case api.Added:
		r.may(e, rank != "")
		r.role[b.Member] = api.Plain
	case api.Removed:
		r.may(e, rank == api.Owner || rank == api.Admin && r.role[b.Member] == api.Plain)
		delete(r.role, b.Member)
	case api.Left:
		r.may(e, rank != "" && b.Member == e.Sender)
		delete(r.role, b.Member)
		if !b.Owner.IsZero() {
			r.role[b.Owner] = api.Owner
		}
	case api.Ranked:
		r.may(e, rank == api.Owner && r.role[b.Member] != "")
		r.role[b.Member] = b.Role
		if b.Role == api.Owner {
			r.role[e.Sender] = api.Admin
		}
	}
}

// may notes an entry that its sender had no right to.
func (r *roll) may(e api.Entry, ok bool) {
	if !ok {
		r.breaks("role", "%s seq %d: %s %s by %s, who was %q", r.conv, e.Seq, e.Kind, e.Body, e.Sender, r.role[e.Sender])
	}
}
