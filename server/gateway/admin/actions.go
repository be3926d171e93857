package admin

import (
	"context"
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/google/uuid"
)

// Actions is where administrators see what became of an action.
type Actions interface {
	// Trail is what is stored of an action, for each of its senders.
	Trail(ctx context.Context, action api.ActionID) ([]api.Traced, error)
}

// action follows one action. That nothing is stored of it is an answer too: how
// far the log has come tells whether it may still be waiting there. The log is
// read first, so that what it calls decided is in what is read after it.
func (s *server) action(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	t := api.Trail{}
	if t.Action.UnmarshalText([]byte(r.PathValue("action"))) != nil {
		return nil, api.NewProblem("not_found", "an action is named by its id")
	}
	if id := uuid.UUID(t.Action); id.Version() == 7 {
		sec, nsec := id.Time().UnixTime()
		t.Made = api.Time(sec*1000 + nsec/1_000_000)
	}
	t.Log = s.LogState(r.Context())
	var err error
	if t.Found, err = s.Actions.Trail(r.Context(), t.Action); err != nil {
		return nil, err
	}
	for i := range t.Found {
		if f := &t.Found[i]; f.Reach != nil {
			s.connect(f.Reach.Members)
			way := s.Way(f.Result.Conversation, f.Result.Seq)
			f.Way = &way
		}
	}
	return t, nil
}

// connect adds the streams that each member has open here.
func (s *server) connect(members []api.Reached) {
	users := make([]api.UserID, 0, len(members))
	for _, m := range members {
		users = append(users, m.User)
	}
	open := s.Connections.Of(users)
	for i := range members {
		members[i].Streams = open[members[i].User]
	}
}
