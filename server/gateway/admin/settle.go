package admin

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// handOver makes a member the owner of a group. Who is it already stays it, so
// that it may be asked for again. The audit comes first: what is accepted cannot be taken back.
func (s *server) handOver(r *http.Request) (any, error) {
	to, err := body[struct {
		Handle string `json:"handle"`
	}](r)
	if err != nil {
		return nil, err
	}
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	if _, err := s.Conversations.Conversation(r.Context(), id); err != nil {
		return nil, err
	}
	heir, err := s.Accounts.User(r.Context(), to.Handle)
	if err != nil {
		return nil, err
	}
	if err := s.as(r).Note(r.Context(), string(api.HandOver), id.String(), heir.Handle); err != nil {
		return nil, err
	}
	a := &api.Action{ID: api.NewActionID(), Type: api.HandOver, Conversation: id}
	return s.done(s.Act(r.Context(), &topic.Envelope{Action: a, Hash: a.Hash(), Sender: ownerID, Peer: heir.User}))
}

// purge makes every message of a conversation up to now a tombstone. Where none has
// a text left nothing changes, so that it may be asked for again.
func (s *server) purge(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	if _, err := s.Conversations.Conversation(r.Context(), id); err != nil {
		return nil, err
	}
	if err := s.as(r).Note(r.Context(), string(api.Purge), id.String(), ""); err != nil {
		return nil, err
	}
	a := &api.Action{ID: api.NewActionID(), Type: api.Purge, Conversation: id}
	return s.done(s.Act(r.Context(), &topic.Envelope{Action: a, Hash: a.Hash(), Sender: ownerID}))
}

// refusals says to an administrator why what they asked for was not done.
var refusals = map[api.Reason]string{
	api.ReasonNotMember:   "they are not in that conversation",
	api.ReasonForbidden:   "a direct conversation has no owner",
	api.ReasonUnavailable: "their account is suspended or erased",
}

// done answers with a result; a refusal is a problem.
func (*server) done(result api.Result, err error) (any, error) {
	if err == nil && result.Outcome == api.Refused {
		p := api.NewProblem("refused", refusals[result.Reason])
		p.Reason, p.Action = result.Reason, result.Action
		return nil, p
	}
	return result, err
}
