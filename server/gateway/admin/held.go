package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

func (s *server) held(r *http.Request) (any, error) {
	q, n, err := page(r)
	if err != nil {
		return nil, err
	}
	after, err := afterNumber(q)
	if err != nil {
		return nil, err
	}
	held, err := s.Held(r.Context(), after, n)
	return list("held", held, err)
}

func (s *server) retryHeld(r *http.Request) (any, error) {
	return s.decideHeld(r, api.RetryHeld)
}

func (s *server) dropHeld(r *http.Request) (any, error) {
	return s.decideHeld(r, api.DropHeld)
}

// decideHeld sends an action on a held record into that record's partition,
// where alone it can be decided (promises, rule 7). The audit comes first: an
// action that is accepted cannot be taken back.
func (s *server) decideHeld(r *http.Request, do api.ActionType) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	var sender api.UserID
	var action api.ActionID
	if sender.UnmarshalText([]byte(r.PathValue("sender"))) != nil || action.UnmarshalText([]byte(r.PathValue("action"))) != nil {
		return nil, api.NewProblem("not_found", "a held record is named by two ids: its sender and its action")
	}
	record, err := s.find(r.Context(), sender, action)
	if err != nil {
		return nil, err
	}
	if err := s.as(r).Note(r.Context(), string(do), sender.String()+"/"+action.String(), ""); err != nil {
		return nil, err
	}
	return s.Act(r.Context(), &topic.Envelope{
		Action: &api.Action{ID: api.NewActionID(), Type: do, Conversation: record.Conversation},
		Sender: ownerID, Held: action, Of: sender,
	})
}

// heldAt shows what dropHeldAt would drop, with its bytes: nobody else can tell what it was.
func (s *server) heldAt(r *http.Request) (any, error) {
	if _, err := query(r); err != nil {
		return nil, err
	}
	_, there, err := s.place(r)
	return list("held", there, err)
}

// place reads the place that a path names, and what is held there without a
// sender, which is at least one record.
func (s *server) place(r *http.Request) (at topic.Place, there []api.Held, err error) {
	partition, err := strconv.ParseUint(r.PathValue("partition"), 10, 31)
	position, perr := strconv.ParseUint(r.PathValue("position"), 10, 53)
	if err != nil || perr != nil {
		return at, nil, api.NewProblem("not_found", "a place is named by a topic, a partition and a position")
	}
	at = topic.Place{Topic: r.PathValue("topic"), Partition: int(partition), Position: int64(position)}
	if there, err = s.HeldAt(r.Context(), at); err == nil && len(there) == 0 {
		err = api.NewProblem("not_found", "no such record is held; it may have been decided")
	}
	return at, there, err
}

// dropHeldAt drops what lies at a place of a log and names no sender that can be
// read, such as what was damaged. Any conversation's partition can (chat: decide).
func (s *server) dropHeldAt(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	at, there, err := s.place(r)
	if err != nil {
		return nil, err
	}
	if err := s.as(r).Note(r.Context(), string(api.DropHeld), there[0].Place(), ""); err != nil {
		return nil, err
	}
	return s.Act(r.Context(), &topic.Envelope{
		Action: &api.Action{ID: api.NewActionID(), Type: api.DropHeld, Conversation: api.NewConversationID()},
		Sender: ownerID, HeldAt: &at,
	})
}

// ownerID is the sender of what the machine's owner does: an id that no account
// can have (RFC 9562, 5.8: version 8).
var ownerID = api.UserID{'c', 'h', 'a', 't', 'c', 't', 0x80, 'l', 0x80, 0, 0, 0, 0, 0, 0, 1}

// find looks a held record up for its conversation.
func (s *server) find(ctx context.Context, sender api.UserID, action api.ActionID) (api.Held, error) {
	return s.search(ctx, func(h api.Held) bool { return h.Sender == sender && h.Action == action })
}

// search finds a held record. There are few, ever.
func (s *server) search(ctx context.Context, is func(api.Held) bool) (api.Held, error) {
	for after := int64(0); ; {
		page, err := s.Held(ctx, after, mostPage)
		if err != nil {
			return api.Held{}, err
		}
		for _, h := range page {
			if is(h) {
				return h, nil
			}
			after = h.Number
		}
		if len(page) == 0 {
			return api.Held{}, api.NewProblem("not_found", "no such record is held; it may have been decided")
		}
	}
}

func (s *server) mail(r *http.Request) (any, error) {
	q, n, err := page(r, "to")
	if err != nil {
		return nil, err
	}
	after, err := afterNumber(q)
	if err != nil {
		return nil, err
	}
	if s.Mailbox == nil {
		return nil, api.NewProblem("not_found", "there is no development mailbox: letters are sent by mail")
	}
	letters, err := s.Mailbox.List(q.Get("to"), after, n)
	return list("mail", letters, err)
}

func (s *server) config(*http.Request) (any, error) {
	return list("settings", s.Settings, nil)
}

func (s *server) status(r *http.Request) (any, error) {
	return s.Status(r.Context()), nil
}

// whoami tells who asks what the audit would name them.
func (s *server) whoami(r *http.Request) (any, error) {
	who, _ := r.Context().Value(actorKey{}).(string) // set by path, always
	return struct {
		Actor   string `json:"actor"`
		Network bool   `json:"network"`
	}{who, s.remote}, nil
}
