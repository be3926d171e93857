package history

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// sockets: each socket sees increasing seq a conversation, without a gap but where a head began it anew.
func (c *checker) sockets() {
	type room struct {
		person string
		socket int
		conv   api.ConversationID
	}
	last := map[room]int64{}
	for _, s := range c.Seen {
		k := room{s.Person, s.Socket, s.Entry.Conversation}
		if prev, ok := last[k]; ok {
			c.holds(s.Entry.Seq > prev, "A3", "%s saw seq %d after %d on one socket", s.Person, s.Entry.Seq, prev)
			c.holds(s.Fresh || s.Entry.Seq <= prev+1, "A3", "%s saw seq %d right after %d on one socket: the room was open with a gap", s.Person, s.Entry.Seq, prev)
		}
		last[k] = s.Entry.Seq
	}
}

// entitled: a caught-up member has exactly their intervals, and nobody else has any of it.
func (c *checker) entitled() {
	for i := range c.Final {
		f := &c.Final[i]
		mask := entitlement(f.Head, c.logs[f.Head.Conversation])
		have := map[int64]bool{}
		for _, e := range f.Page.Entries {
			have[e.Seq] = true
		}
		for seq := int64(1); seq < int64(len(mask)); seq++ {
			c.holds(mask[seq] == have[seq], "entitled", "%s of %s: seq %d: entitled %v, readable %v", f.Person, f.Head.Conversation, seq, mask[seq], have[seq])
		}
	}
	may := map[seat][]bool{}
	for at, head := range c.latest {
		may[at] = entitlement(head, c.logs[at.conv])
	}
	for _, s := range c.Seen {
		mask := may[seat{s.Person, s.Entry.Conversation}]
		c.holds(s.Entry.Seq < int64(len(mask)) && mask[s.Entry.Seq], "A3", "%s saw seq %d of %s without being entitled to it", s.Person, s.Entry.Seq, s.Entry.Conversation)
	}
}

// entitlement tells from the membership entries what the person of a head may read, by seq.
func entitlement(head api.Head, log map[int64]api.Entry) []bool {
	last := lastSeq(log)
	mask := make([]bool, last+1)
	in, all := head.Kind == api.Direct, false
	for seq := int64(1); seq <= last; seq++ {
		ends := false
		switch e := log[seq]; e.Kind {
		case api.EntryCreate:
			var b api.CreateBody
			in = json.Unmarshal(e.Body, &b) == nil && slices.Contains(b.Members, head.Me)
			all = b.History == api.All
		case api.EntryMember:
			var b api.MemberBody
			if json.Unmarshal(e.Body, &b) == nil && b.Member == head.Me && b.Change != api.Ranked {
				in = b.Change == api.Added
				ends = !in // an interval includes its own end
				for before := range mask[:seq] {
					mask[before] = mask[before] || in && all && before > 0
				}
			}
		case api.EntryErase:
			var b api.EraseBody
			if json.Unmarshal(e.Body, &b) == nil && b.Member == head.Me {
				ends, in = in, in && !b.Left
			}
		}
		mask[seq] = in || ends
	}
	return mask
}

// marks: no mark goes back, whoever reads it and however (A4, A5).
func (c *checker) marks() {
	read, received := map[seat]int64{}, map[seat]int64{}
	look := func(person string, h api.Head) {
		k := seat{person, h.Conversation}
		c.holds(h.ReadSeq >= read[k], "A5", "%s of %s: the read mark went from %d to %d", person, h.Conversation, read[k], h.ReadSeq)
		c.holds(h.ReceivedSeq >= received[k], "A4", "%s of %s: the received mark went from %d to %d", person, h.Conversation, received[k], h.ReceivedSeq)
		c.holds(h.ReadSeq <= h.LastSeq, "A5", "%s of %s: read %d of %d", person, h.Conversation, h.ReadSeq, h.LastSeq)
		read[k], received[k] = h.ReadSeq, h.ReceivedSeq
	}
	for _, h := range c.Heads {
		look(h.Person, h.Head)
	}
	for _, f := range c.Final {
		look(f.Person, f.Head)
	}
}

// joins: who joins, or joins again, has read what lies before it.
func (c *checker) joins() {
	for _, f := range c.Final {
		joined := int64(0)
		for seq, e := range c.logs[f.Head.Conversation] {
			var b api.MemberBody
			if e.Kind == api.EntryMember && json.Unmarshal(e.Body, &b) == nil && b.Change == api.Added && b.Member == f.Head.Me {
				joined = max(joined, seq)
			}
		}
		if joined > 0 {
			c.holds(f.Head.ReadSeq >= joined, "A5", "%s of %s: joined at %d and has read up to %d", f.Person, f.Head.Conversation, joined, f.Head.ReadSeq)
		}
	}
}
