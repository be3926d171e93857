package admin

import (
	"context"
	"net/http"

	"github.com/chatctl/chatctl/server/api"
)

// Conversations is where administrators see who talks with whom, and how much; never what.
type Conversations interface {
	Conversations(ctx context.Context, f api.ConversationFilter, after api.ConversationID, limit int) ([]api.Conversation, error)
	Conversation(ctx context.Context, id api.ConversationID) (api.Conversation, error)
	Seats(ctx context.Context, id api.ConversationID, after api.MemberID, limit int) ([]api.Seat, error)
}

func (s *server) conversations(r *http.Request) (any, error) {
	q, n, err := page(r, "kind", "name", "member")
	if err != nil {
		return nil, err
	}
	f := api.ConversationFilter{Kind: api.ConversationKind(q.Get("kind")), Name: q.Get("name")}
	if f.Kind != "" && f.Kind != api.Direct && f.Kind != api.Group {
		return nil, api.Invalid("", "the parameter kind is direct or group")
	}
	var after api.ConversationID
	if q.Has("after") && after.UnmarshalText([]byte(q.Get("after"))) != nil {
		return nil, api.Invalid("", "the parameter after is the id of a conversation")
	}
	if q.Has("member") {
		user, err := s.Accounts.User(r.Context(), q.Get("member"))
		if err != nil {
			return nil, err
		}
		f.Member = user.User
	}
	found, err := s.Conversations.Conversations(r.Context(), f, after, n)
	return list("conversations", found, err)
}

func (s *server) conversation(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	return s.named(r)
}

// named is the conversation that a request's path names.
func (s *server) named(r *http.Request) (api.Conversation, error) {
	id, err := conversationID(r)
	if err != nil {
		return api.Conversation{}, err
	}
	return s.Conversations.Conversation(r.Context(), id)
}

func (s *server) seats(r *http.Request) (any, error) {
	q, n, err := page(r)
	if err != nil {
		return nil, err
	}
	var after api.MemberID
	if q.Has("after") && after.UnmarshalText([]byte(q.Get("after"))) != nil {
		return nil, api.Invalid("", "the parameter after is the id of a member")
	}
	c, err := s.named(r)
	if err != nil {
		return nil, err
	}
	seats, err := s.Conversations.Seats(r.Context(), c.Conversation, after, n)
	return list("members", seats, err)
}

func conversationID(r *http.Request) (id api.ConversationID, err error) {
	if id.UnmarshalText([]byte(r.PathValue("conversation"))) != nil {
		return id, api.NewProblem("not_found", "a conversation is named by its id")
	}
	return id, nil
}
