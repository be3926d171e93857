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

// count counts the marks of those who are in the conversation. In large ones there
// are none: all is sent and nothing more.
func (p *People) count() {
	p.marks = marks{}
	var others []api.Member
	for _, o := range p.by {
		if o.Member != p.me && o.Membership == api.Present {
			others = append(others, o)
		}
	}
	if len(others) >= api.MaxMarksShown { // and the reader
		return
	}
	for i, o := range others {
		read := max(o.ReadSeq, p.wrote[o.Member])
		received := max(o.ReceivedSeq, read)
		if i == 0 || received < p.marks.delivered {
			p.marks.delivered = received
		}
		if i == 0 || read < p.marks.read {
			p.marks.read = read
		}
		p.marks.reads = append(p.marks.reads, read)
	}
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
