package admin

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// handOver makes a member the owner of a group. Who is it already stays it, so
// that it may be asked for again.
func (s *server) handOver(r *http.Request) (any, error) {
	to, err := body[struct {
		Handle string `json:"handle"`
	}](r)
	if err != nil {
		return nil, err
	}
	c, err := s.named(r)
	if err != nil {
		return nil, err
	}
	heir, err := s.Accounts.User(r.Context(), to.Handle)
	if err != nil {
		return nil, err
	}
	return s.settle(r, api.HandOver, c.Conversation, heir)
}

// purge makes every message of a conversation up to now a tombstone. Where none has
// a text left nothing changes, so that it may be asked for again.
func (s *server) purge(r *http.Request) (any, error) {
	if err := noBody(r); err != nil {
		return nil, err
	}
	c, err := s.named(r)
	if err != nil {
		return nil, err
	}
	return s.settle(r, api.Purge, c.Conversation, api.User{})
}

// settle does something in a conversation, with peer where that is of somebody.
// The audit comes first: what is accepted cannot be taken back.
func (s *server) settle(r *http.Request, what api.ActionType, c api.ConversationID, peer api.User) (any, error) {
	if err := s.as(r).Note(r.Context(), string(what), c.String(), peer.Handle); err != nil {
		return nil, err
	}
	a := &api.Action{ID: api.NewActionID(), Type: what, Conversation: c}
	return s.done(s.Act(r.Context(), &topic.Envelope{Action: a, Hash: a.Hash(), Sender: ownerID, Peer: peer.User}))
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
