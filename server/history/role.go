package history

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

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
			h := f.Head
			if h.Conversation != conv || h.Kind != api.Group {
				continue
			}
			if h.Membership == api.Present {
				c.holds(h.Role == r.role[h.Me], "role", "%s of %s is %s, and by the log %s", f.Person, conv, h.Role, r.role[h.Me])
			}
			c.holds(h.Name == r.names[h.LastSeq], "name", "%s of %s reads the name %q, not %q", f.Person, conv, h.Name, r.names[h.LastSeq])
		}
	}
}

// roll is who is what in a conversation while its log is read.
type roll struct {
	*checker
	conv  api.ConversationID
	log   map[int64]api.Entry
	group bool
	role  map[api.MemberID]api.Role
	name  string
	names map[int64]string // by seq
}

func (r *roll) read(e api.Entry) {
	rank := r.role[e.Sender]
	w, isText := textOf(e)
	switch {
	case isText && e.Kind == api.EntryMessage:
		r.may(e, rank != "" || !r.group)
	case isText && e.Kind == api.EntryEdit:
		r.may(e, r.log[w.Target].Sender == e.Sender)
	case e.Kind == api.EntryDelete:
		d, ok := bodyOf[api.DeleteBody](e)
		r.may(e, ok && (r.log[d.Target].Sender == e.Sender || rank == api.Owner || rank == api.Admin))
	case e.Kind == api.EntryRename:
		b, ok := bodyOf[api.RenameBody](e)
		r.may(e, ok && (rank == api.Owner || rank == api.Admin))
		r.name = b.Name
	case e.Kind == api.EntryCreate:
		b, ok := bodyOf[api.CreateBody](e)
		r.may(e, ok)
		for _, m := range b.Members {
			r.role[m] = api.Plain
		}
		r.group, r.role[e.Sender], r.name = true, api.Owner, b.Name
	case e.Kind == api.EntryMember:
		r.change(e, rank)
	case e.Kind == api.EntryPurge:
		b, ok := bodyOf[api.PurgeBody](e)
		r.may(e, ok && e.Sender.IsZero() && b.Through == e.Seq-1)
	case e.Kind == api.EntryErase:
		b, ok := bodyOf[api.EraseBody](e)
		r.may(e, ok && b.Member == e.Sender && b.Left == (rank != ""))
		r.leaves(e, b.Member, b.Owner)
	}
}

func bodyOf[T any](e api.Entry) (b T, ok bool) {
	return b, json.Unmarshal(e.Body, &b) == nil
}

// change reads a change of membership or role, by a member of that rank.
func (r *roll) change(e api.Entry, rank api.Role) {
	b, ok := bodyOf[api.MemberBody](e)
	if !ok {
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
		r.leaves(e, b.Member, b.Owner)
	case api.Ranked:
		office := e.Sender.IsZero() && b.Role == api.Owner // administrators make owners, and nothing else
		r.may(e, (rank == api.Owner || office) && r.role[b.Member] != "")
		if b.Role == api.Owner {
			for m, role := range r.role {
				if role == api.Owner {
					r.role[m] = api.Admin
				}
			}
		}
		r.role[b.Member] = b.Role
	}
}

// leaves lets a member go: an owner hands over, as long as somebody is left.
func (r *roll) leaves(e api.Entry, m, heir api.MemberID) {
	was := r.role[m]
	delete(r.role, m)
	owed := was == api.Owner && len(r.role) > 0
	r.holds(owed == (r.role[heir] != ""), "role", "%s seq %d: %s, who was %q, hands over to %s", r.conv, e.Seq, m, was, heir)
	if owed {
		r.role[heir] = api.Owner
	}
}

// may notes an entry that its sender had no right to.
func (r *roll) may(e api.Entry, ok bool) {
	r.holds(ok, "role", "%s seq %d: %s %s by %s, who was %q", r.conv, e.Seq, e.Kind, e.Body, e.Sender, r.role[e.Sender])
}
