package stream

import (
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// Typing says that the person types in a conversation; call it with each key. It
// is told at most every api.TypingEvery, while the stream is live, and may be lost.
// A client that is read-only types nothing.
func (s *Stream) Typing(c api.ConversationID) {
	if s.caller.ReadOnly {
		return
	}
	s.post(func(now time.Time) { s.hints.typing(c, now) })
}

// WatchPresence asks whether people are connected, in place of those named
// before, now and after each reconnect; nobody ends it. Presence tells. Of more
// than api.MaxWatched the first are watched.
func (s *Stream) WatchPresence(handles ...string) {
	handles = slices.Clone(handles[:min(len(handles), api.MaxWatched)])
	s.post(func(time.Time) { s.hints.watch(handles) })
}

// hints are what is said of the person's own doing, and asked of others'. What a
// connection has lost of it matters no more.
type hints struct {
	features []string                         // of the server
	typed    map[api.ConversationID]time.Time // when it was last said
	say      []api.ConversationID             // to be said
	watched  []string
	ask      time.Time // when the server is to be told them; zero: it knows
}

// greeted begins a connection.
func (t *hints) greeted(features []string) {
	t.features, t.typed, t.say, t.ask = features, map[api.ConversationID]time.Time{}, nil, time.Time{}
	if len(t.watched) > 0 {
		t.ask = time.Unix(0, 0)
	}
}

func (t *hints) typing(c api.ConversationID, now time.Time) {
	if last, said := t.typed[c]; said && now.Sub(last) < api.TypingEvery || t.typed == nil {
		return
	}
	t.typed[c] = now
	t.say = append(t.say, c)
}

func (t *hints) watch(handles []string) {
	if !slices.Equal(t.watched, handles) {
		t.watched, t.ask = handles, time.Unix(0, 0)
	}
}

// due returns the frames to send now. A server that does not know them gets none.
func (t *hints) due(now time.Time) (frames []api.ClientFrame) {
	if slices.Contains(t.features, "typing") {
		for _, c := range t.say {
			frames = append(frames, api.ClientFrame{Kind: api.FrameTyping, Conversation: c})
		}
	}
	t.say = nil
	if !t.ask.IsZero() && !now.Before(t.ask) {
		t.ask = time.Time{}
		if slices.Contains(t.features, "presence") {
			frames = append(frames, api.ClientFrame{Kind: api.FrameWatch, Ref: watchRef, Handles: t.watched})
		}
	}
	return frames
}

// watchRef is the ref of what asks for presence.
const watchRef = "watch"

// refused has what asks for presence said again later.
func (t *hints) refused(now time.Time, p *api.Problem) {
	t.ask = now.Add(max(time.Duration(p.RetryAfter)*time.Second, watchAgain))
}

const watchAgain = 5 * time.Second
