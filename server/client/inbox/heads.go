package inbox

import (
	"bytes"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// Pull is a range of a conversation to ask the server for: after < seq <= to.
type Pull struct {
	Conversation api.ConversationID
	After, To    int64
}

// Due returns what to pull now: the open conversation first, then the gap that
// has waited longest. There is none while a pull is under way, which ends with
// Page, Failed or Attached.
func (in *Inbox) Due(now time.Time) (Pull, bool) {
	if !in.out.IsZero() {
		return Pull{}, false
	}
	var best *conversation
	for _, c := range in.gaps {
		if !c.due.After(now) && (best == nil || in.before(c, best)) {
			best = c
		}
	}
	if best == nil {
		return Pull{}, false
	}
	in.out = best.head.Conversation
	return best.gap(), true
}

// Next returns when Due has something, if nothing else happens before.
func (in *Inbox) Next() (at time.Time, ok bool) {
	if !in.out.IsZero() {
		return at, false
	}
	for _, c := range in.gaps {
		if !ok || c.due.Before(at) {
			at, ok = c.due, true
		}
	}
	return at, ok
}

// Missing is in how many followed conversations something is missing.
func (in *Inbox) Missing() int { return len(in.gaps) }

func (in *Inbox) before(a, b *conversation) bool {
	if x, y := a.head.Conversation == in.open, b.head.Conversation == in.open; x != y {
		return x
	}
	if !a.due.Equal(b.due) {
		return a.due.Before(b.due)
	}
	return bytes.Compare(a.head.Conversation[:], b.head.Conversation[:]) < 0
}
