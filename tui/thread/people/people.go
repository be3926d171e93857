// Package people is who is in one conversation, as its thread shows them: what
// they are called, whom the reader blocks, and how far each has read.
//
// It is told all of that. Marks never go back, whatever comes late. People is
// changed by one goroutine.
package people

import (
	"maps"

	"github.com/chatctl/chatctl/server/api"
)

// People is everybody who is or was there, as far as they are known.
type People struct {
	me      api.MemberID
	handle  string // the reader's
	by      map[api.MemberID]api.Member
	wrote   map[api.MemberID]int64 // the seq of their last message
	blocked map[string]bool
	marks   marks
}

// New returns People that knows nobody but the reader.
func New(me api.MemberID, handle string) *People {
	return &People{me: me, handle: handle, by: map[api.MemberID]api.Member{}, wrote: map[api.MemberID]int64{}}
}

// Reader is the reader's member id and handle.
func (p *People) Reader() (api.MemberID, string) { return p.me, p.handle }

// SetReader tells which member the reader is, and reports whether that is news.
func (p *People) SetReader(me api.MemberID) bool {
	if me == p.me {
		return false
	}
	p.me = me
	p.count()
	return true
}

// Set tells who is who, and how far each has received and read.
func (p *People) Set(members []api.Member) {
	by := make(map[api.MemberID]api.Member, len(members))
	for _, m := range members {
		old := p.by[m.Member]
		m.ReceivedSeq, m.ReadSeq = max(m.ReceivedSeq, old.ReceivedSeq), max(m.ReadSeq, old.ReadSeq)
		by[m.Member] = m
	}
	p.by = by
	p.count()
}

// Mark tells how far a member has received and read.
func (p *People) Mark(member api.MemberID, received, read int64) {
	m, ok := p.by[member]
	if !ok {
		return
	}
	m.ReceivedSeq, m.ReadSeq = max(m.ReceivedSeq, received), max(m.ReadSeq, read)
	p.by[member] = m
	p.count()
}

// Wrote tells that the message seq is a member's, who has read up to it then: the
// server tells no mark of that.
func (p *People) Wrote(member api.MemberID, seq int64) {
	if seq <= p.wrote[member] {
		return
	}
	p.wrote[member] = seq
	if len(p.marks.reads) > 0 { // else there are none to count, however often somebody writes
		p.count()
	}
}

// Block tells whom the reader blocks, and reports whether that is news.
func (p *People) Block(handles []string) bool {
	blocked := map[string]bool{}
	for _, h := range handles {
		blocked[h] = true
	}
	if maps.Equal(blocked, p.blocked) {
		return false
	}
	p.blocked = blocked
	return true
}

// Blocked reports whether the reader blocks who is called handle.
func (p *People) Blocked(handle string) bool { return p.blocked[handle] }

// Folded reports whether what a member writes is not shown.
func (p *People) Folded(id api.MemberID) bool {
	return len(p.blocked) > 0 && p.blocked[p.Handle(id)]
}

// Known reports whether Set told of a member.
func (p *People) Known(id api.MemberID) bool {
	_, known := p.by[id]
	return known
}

// Name is how a member is called: @handle, or by the beginning of the member id
// where the handle is not visible. What no member did, an administrator did.
func (p *People) Name(id api.MemberID) string {
	if id.IsZero() {
		return "an administrator"
	}
	if h := p.Handle(id); h != "" {
		return "@" + h
	}
	return "member " + id.String()[:8]
}

// Handle is a member's, or "".
func (p *People) Handle(id api.MemberID) string {
	if m := p.by[id]; m.Handle != "" {
		return m.Handle
	}
	if id == p.me && !id.IsZero() {
		return p.handle
	}
	return ""
}
