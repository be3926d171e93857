package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// administer carries out what only the server itself asks for, for an administrator.
func (r *Run) administer(e *topic.Envelope) (api.Reason, error) {
	if !e.Session.IsZero() {
		return api.ReasonForbidden, nil
	}
	switch e.Action.Type {
	case api.RetryHeld:
		return r.retryHeld(e)
	case api.DropHeld:
		return r.dropHeld(e)
	case api.HandOver:
		return r.handOver(e)
	case api.Purge:
		return r.purge(e)
	}
	return r.closeReport(e)
}

// handOver makes a member the owner of a group, whoever was it before. That one is
// an admin now, as if they had handed over themselves. Who is the owner already
// stays it, without another entry.
func (r *Run) handOver(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	c, err := r.members.Conversation(id)
	if err != nil || c == nil {
		return api.ReasonNotMember, err
	}
	if c.Kind != api.Group {
		return api.ReasonForbidden, nil
	}
	heir, err := r.members.Seat(id, e.Peer)
	if err != nil || !heir.Present {
		return api.ReasonNotMember, err
	}
	if heir.Role == api.Owner {
		return "", r.outcome(e, api.MemberRanked, "")
	}
	if ok, err := r.available(e.Sender, e.Peer); err != nil || !ok {
		return api.ReasonUnavailable, err
	}
	at, _, err := r.take(id, 0)
	if err != nil {
		return "", err
	}
	former, err := r.members.Owner(id)
	if err != nil {
		return "", err
	}
	if former.Present {
		if err := r.members.Rank(id, former.Person, api.Admin); err != nil {
			return "", err
		}
	}
	if err := r.members.Rank(id, e.Peer, api.Owner); err != nil {
		return "", err
	}
	return "", r.change(e, at, e.Peer, api.MemberBody{Change: api.Ranked, Member: heir.Member, Role: api.Owner})
}
