package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
)

// Once half of a slow reader's queue is full, it is not told who types or who
// comes; entries wait for it as before (promises, rule 11). Who came it is told later.
func TestAtHalfAQueueHintsAreDroppedAndEntriesAreNot(t *testing.T) {
	eachLazy(t, 3*patience, func(t *testing.T, w *world, open func(*testing.T, *world, string) *lazy) {
		visitor := w.srv.Person("visitor")
		w.owner.Must(api.Action{Type: api.AddMember, Conversation: w.group, To: "visitor"})
		first, second, quick := w.owner.Connect(), w.owner.Connect(), w.member.Connect()
		s := open(t, w, w.member.Token)
		next := func() (f api.ServerFrame) {
			b, closed, err := s.frame()
			if err == nil {
				f, err = api.DecodeTolerant[api.ServerFrame](b)
			}
			if err != nil || closed != 0 || f.Kind == api.FrameLagging {
				t.Fatalf("%s, closed with %d, %v", f.Kind, closed, err)
			}
			return f
		}
		heard := func(kind api.FrameKind) {
			for next().Kind != kind {
			}
		}
		types(first, w.group)
		heard(api.FrameIsTyping)
		quick.Kind(api.FrameIsTyping)
		if s.talks {
			s.write(text(`{"kind":"presence.watch","handles":["visitor"]}`))
			heard(api.FramePresence)
		}

		w.fill(t, 36) // about what the kernel takes
		until(t, "more than half of the queue is full", func() bool {
			w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: strings.Repeat("x", 8000)})
			c, _ := w.connection(w.member)
			return c.Bytes > 160<<10 && c.Live && strings.HasPrefix(c.Slow, "its socket takes no more: ")
		})
		types(second, w.group)
		quick.Kind(api.FrameIsTyping)
		visitor.Connect()
		last := w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "the last"})
		quick.Next(entryOf(last.Action))

		for f := next(); !entryOf(last.Action)(f); f = next() {
			if f.Kind == api.FrameIsTyping || f.Kind == api.FramePresence {
				t.Errorf("%s came to a queue that was half full", f.Kind)
			}
		}
		if s.talks { // it is told again when there is room
			for f := next(); !slices.Contains(f.People, api.Presence{Handle: "visitor", Online: true}); f = next() {
			}
		}
	})
}
