package stream

import (
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// marks are the reader's own that the server has not shown yet. Marks have no
// outcome: they are said again after each attach until a head shows them.
type marks struct {
	open map[api.ConversationID]*mark
	next time.Time // not before this
}

type mark struct {
	received, read int64
	sent           bool
}

const (
	marksEvery = time.Second
	marksBurst = 50 // at most so many at once
)

func (m *marks) want(c api.ConversationID, received, read int64) {
	if m.open == nil {
		m.open = map[api.ConversationID]*mark{}
	}
	k := m.open[c]
	if k == nil {
		k = &mark{}
		m.open[c] = k
	}
	if received > k.received || read > k.read {
		k.received, k.read, k.sent = max(received, k.received), max(read, k.read), false
	}
}

// due returns the frames to send now.
func (m *marks) due(now time.Time) (frames []api.ClientFrame) {
	if now.Before(m.next) {
		return nil
	}
	for c, k := range m.open {
		if k.sent {
			continue
		}
		if len(frames) == marksBurst {
			break
		}
		k.sent = true
		frames = append(frames, api.ClientFrame{Kind: api.FrameMark, Conversation: c, Received: k.received, Read: k.read})
	}
	if len(frames) > 0 {
		m.next = now.Add(marksEvery)
	}
	return frames
}

// wait returns when due has something.
func (m *marks) wait() (time.Time, bool) {
	for _, k := range m.open {
		if !k.sent {
			return m.next, true
		}
	}
	return time.Time{}, false
}

// shown takes a head from the server.
func (m *marks) shown(h api.Head) {
	if k := m.open[h.Conversation]; k != nil && h.ReceivedSeq >= k.received && h.ReadSeq >= k.read {
		delete(m.open, h.Conversation)
	}
}

// again has all said once more.
func (m *marks) again() {
	for _, k := range m.open {
		k.sent = false
	}
	m.next = time.Time{}
}
