package stream

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// typedEvery is how often a stream is heard to type in one conversation: a
// client that says it more often is not heard more often.
const typedEvery = api.TypingEvery / 2

// typed is what a stream's person typed in last.
type typed struct {
	conversation api.ConversationID
	at           time.Time
}

// typing tells the members of a conversation that one of them types. It is told
// over the live channel only and stored nowhere. Who may not be shown there gets
// no other answer than who may: none.
func (ss *Streams) typing(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if err := ss.cfg.Limits.Check(limit.Mark, s.limit); err != nil {
		return err
	}
	now := time.Now()
	if s.typed.conversation == f.Conversation && now.Sub(s.typed.at) < typedEvery {
		return nil
	}
	s.typed = typed{f.Conversation, now}
	user := s.principal.User
	member, ok, err := ss.cfg.Reader.Typist(ctx, user, f.Conversation)
	if err != nil || !ok {
		return err
	}
	hidden, err := ss.cfg.Accounts.Hidden(ctx, user)
	if err != nil || hidden[user] {
		return err
	}
	l := topic.Live{Kind: topic.LiveTyping, Conversation: f.Conversation,
		Frame: api.Encode(&api.ServerFrame{Kind: api.FrameIsTyping, Conversation: f.Conversation, Member: member})}
	ss.cfg.Live.Send([]bus.Item{{Key: bus.Key{Kind: bus.Conversation, ID: f.Conversation}, Value: l.Append(nil)}})
	return nil
}

// watchPresence has the stream watch the people that f names, in place of those before.
func (ss *Streams) watchPresence(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if err := ss.cfg.Limits.Check(limit.Read, s.limit); err != nil {
		return err
	}
	if s.watch == nil {
		s.watch = ss.presence.NewWatch(s.principal.User, func(people []api.Presence) bool {
			return s.conn.Hint(api.Encode(&api.ServerFrame{Kind: api.FramePresence, People: people}))
		})
	}
	return ss.presence.Set(ctx, s.watch, f.Handles, func(people []api.Presence) {
		s.conn.Send(presenceFrame(f.Ref, people))
	})
}

// presenceFrame always has its list, though it may be empty.
func presenceFrame(ref string, people []api.Presence) []byte {
	return api.Encode(struct {
		Kind   api.FrameKind  `json:"kind"`
		Ref    string         `json:"ref,omitempty"`
		People []api.Presence `json:"people"`
	}{api.FramePresence, ref, people})
}

// visible are those of handles whom a person may see: who shares a conversation
// with them, with no block between the two. Who hides their own presence sees nobody's.
func (ss *Streams) visible(ctx context.Context, user api.UserID, handles []string) (map[string]api.UserID, error) {
	users, err := ss.cfg.Accounts.Resolve(ctx, handles)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	others := make([]api.UserID, 0, len(users))
	for _, u := range users {
		others = append(others, u)
	}
	known, err := ss.cfg.Reader.Acquainted(ctx, user, others)
	if err != nil {
		return nil, err
	}
	hidden, err := ss.cfg.Accounts.Hidden(ctx, append(others, user)...)
	if err != nil || hidden[user] {
		return nil, err
	}
	for handle, u := range users {
		if !known[u] || hidden[u] {
			delete(users, handle)
		}
	}
	return users, nil
}
