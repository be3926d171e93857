package gateway

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
)

// lifted is a Reader whose heads show the reader's marks that wait in this
// gateway: what a client has just marked does not go back in the next head.
type lifted struct {
	Reader
	marks *marks
}

func (l lifted) Head(ctx context.Context, user api.UserID, c api.ConversationID) (api.Head, error) {
	h, err := l.Reader.Head(ctx, user, c)
	if err == nil {
		l.marks.lift(user, &h)
	}
	return h, err
}

func (l lifted) Heads(ctx context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error) {
	heads, err := l.Reader.Heads(ctx, user, after, limit)
	l.liftAll(user, heads)
	return heads, err
}

func (l lifted) Changes(ctx context.Context, user api.UserID, after int64, limit int) (api.Changes, error) {
	changes, err := l.Reader.Changes(ctx, user, after, limit)
	l.liftAll(user, changes.Heads)
	return changes, err
}

func (l lifted) liftAll(user api.UserID, heads []api.Head) {
	for i := range heads {
		l.marks.lift(user, &heads[i])
	}
}
