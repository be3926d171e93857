package servertest

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// sockets: each socket sees increasing seq a conversation, without a gap but where a head began it anew.
func (c *checker) sockets() {
	type key struct {
		person string
		socket int
		conv   api.ConversationID
	}
	last := map[key]int64{}
	for _, s := range c.Seen {
		k := key{s.Person, s.Socket, s.Entry.Conversation}
		prev, ok := last[k]
		switch {
		case ok && s.Entry.Seq <= prev:
			c.breaks("A3", "%s saw seq %d after %d on one socket", s.Person, s.Entry.Seq, prev)
		case ok && !s.Fresh && s.Entry.Seq != prev+1:
			c.breaks("A3", "%s saw seq %d right after %d on one socket: the room was open with a gap", s.Person, s.Entry.Seq, prev)
		}
		last[k] = s.Entry.Seq
	}
}

// entitled: a caught-up member has exactly their intervals, and nobody else has any of it.
func (c *checker) entitled() {
	type reader struct {
		person string
		conv   api.ConversationID
	}
	may := map[reader][]bool{}
	for i := range c.Final {
		f := &c.Final[i]
		mask := entitlement(f, c.logs[f.Head.Conversation])
		may[reader{f.Person, f.Head.Conversation}] = mask
		have := map[int64]bool{}
		for _, e := range f.Page.Entries {
			have[e.Seq] = true
		}
		for seq := int64(1); seq < int64(len(mask)); seq++ {
			if mask[seq] != have[seq] {
				c.breaks("entitled", "%s of %s: seq %d: entitled %v, readable %v", f.Person, f.Head.Conversation, seq, mask[seq], have[seq])
			}
		}
	}
	for _, s := range c.Seen {
		mask := may[reader{s.Person, s.Entry.Conversation}]
		if s.Entry.Seq >= int64(len(mask)) || !mask[s.Entry.Seq] {
			c.breaks("A3", "%s saw seq %d of %s without being entitled to it", s.Person, s.Entry.Seq, s.Entry.Conversation)
		}
	}
}

// entitlement tells from the membership entries what the person of f may read, by seq.
func entitlement(f *Final, log map[int64]api.Entry) []bool {
	last := int64(0)
	for seq := range log {
		last = max(last, seq)
	}
	mask := make([]bool, last+1)
	in, all := f.Head.Kind == api.Direct, false
	for seq := int64(1); seq <= last; seq++ {
		e := log[seq]
		ends := false
		switch e.Kind {
		case api.EntryCreate:
			var b api.CreateBody
			in = json.Unmarshal(e.Body, &b) == nil && slices.Contains(b.Members, f.Head.Me)
			all = b.History == api.All
		case api.EntryMember:
			var b api.MemberBody
			if json.Unmarshal(e.Body, &b) == nil && b.Member == f.Head.Me && b.Change != api.Ranked {
				in = b.Change == api.Added
				ends = !in // an interval includes its own end
				for before := range mask[:seq] {
					mask[before] = mask[before] || in && all && before > 0
				}
			}
		}
		mask[seq] = in || ends
	}
	return mask
}
