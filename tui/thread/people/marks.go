package people

import "github.com/chatctl/chatctl/server/api"

// Mark is how far one of the reader's own messages is.
type Mark int

// The marks. None is of what is no message of the reader's.
const (
	None Mark = iota
	Sent
	Delivered // to all others
	Read      // by all others
)

// marks tell how far the others are: all of them, and each.
type marks struct {
	delivered, read int64   // by all others
	reads           []int64 // of each other
}

// marksOf reads the marks of those who are in the conversation. Where there are
// none, in large groups, all is sent and nothing more.
func marksOf(people map[api.MemberID]api.Member, me api.MemberID) marks {
	var m marks
	for _, p := range people {
		if p.Member == me || p.Membership != api.Present {
			continue
		}
		received := max(p.ReceivedSeq, p.ReadSeq)
		if len(m.reads) == 0 || received < m.delivered {
			m.delivered = received
		}
		if len(m.reads) == 0 || p.ReadSeq < m.read {
			m.read = p.ReadSeq
		}
		m.reads = append(m.reads, p.ReadSeq)
	}
	return m
}

// MarkOf is how far the reader's own message seq is.
func (p *People) MarkOf(seq int64) Mark {
	switch {
	case len(p.marks.reads) > 0 && seq <= p.marks.read:
		return Read
	case len(p.marks.reads) > 0 && seq <= p.marks.delivered:
		return Delivered
	}
	return Sent
}

// Readers are how many of the others have read up to seq, and how many others there are.
func (p *People) Readers(seq int64) (have, of int) {
	for _, r := range p.marks.reads {
		if r >= seq {
			have++
		}
	}
	return have, len(p.marks.reads)
}
