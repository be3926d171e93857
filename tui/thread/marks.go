package thread

import "github.com/chatctl/chatctl/server/api"

// marks tell how far the others are: all of them, and each.
type marks struct {
	delivered, read int64 // by all others
	others          int
	reads           []int64 // of each other
}

// mark is how far one own message is.
type mark int

const (
	none mark = iota
	sent
	delivered
	read
)

// marksOf reads the marks of those who are in the conversation. Where there are
// none, in large groups, all is sent and nothing more.
func marksOf(people map[api.MemberID]api.Member, me api.MemberID) marks {
	var m marks
	for _, p := range people {
		if p.Member == me || p.Membership != api.Present {
			continue
		}
		m.reads = append(m.reads, p.ReadSeq)
		received := max(p.ReceivedSeq, p.ReadSeq)
		if m.others == 0 || received < m.delivered {
			m.delivered = received
		}
		if m.others == 0 || p.ReadSeq < m.read {
			m.read = p.ReadSeq
		}
		m.others++
	}
	return m
}

func (m marks) of(seq int64) mark {
	switch {
	case m.others > 0 && seq <= m.read:
		return read
	case m.others > 0 && seq <= m.delivered:
		return delivered
	}
	return sent
}

// readers are how many of the others have read up to seq.
func (m marks) readers(seq int64) (n int) {
	for _, r := range m.reads {
		if r >= seq {
			n++
		}
	}
	return n
}
