package decide

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/removal"
	"github.com/chatctl/chatctl/server/store"
)

const isDeleted = `SELECT deleted FROM standing WHERE id = $1`

// erase turns all that a person wrote in a conversation into tombstones, in one
// entry, and lets them out of a group; an owner hands over in the same entry
// (promises, rule 23). Only an account that is deleted is erased: nothing of it
// can come after. A conversation that is nobody's then is removed, whether or not
// the others are erased already.
func (r *Run) erase(e *topic.Envelope) (api.Reason, error) {
	id, p := e.Action.Conversation, e.Sender
	if !e.Session.IsZero() { // only the server itself
		return api.ReasonForbidden, nil
	}
	var deleted bool
	err := r.tx.Row(isDeleted, p[:]).Scan(&deleted)
	if errors.Is(err, store.ErrNoRow) || err == nil && !deleted {
		return api.ReasonForbidden, nil
	}
	if err != nil {
		return "", err
	}
	c, err := r.members.Conversation(id)
	if err != nil || c == nil {
		return api.ReasonNotMember, err
	}
	s, err := r.members.Seat(id, p)
	if err != nil || s.Member.IsZero() {
		return api.ReasonNotMember, err
	}
	body := api.EraseBody{Member: s.Member, Left: s.Present && c.Kind == api.Group}
	var changes []topic.MemberChange
	var delta int64
	if body.Left {
		changes, delta = []topic.MemberChange{{Person: p}}, -1
	}
	at, _, err := r.take(id, delta)
	if err != nil {
		return "", err
	}
	if body.Left && s.Role == api.Owner {
		if body.Owner, err = r.members.HandOver(id, p); err != nil {
			return "", err
		}
	}
	if body.Left {
		if err := r.members.Leave(id, p, at); err != nil {
			return "", err
		}
	}
	if err := r.entry(e, api.EntryErase, at, api.Encode(&body), api.MemberErased, changes); err != nil || r.rules.Faults.ErasureKeepsWords {
		return "", err
	}
	nobodys, err := removal.Due(r.tx, id)
	if err != nil {
		return "", err
	}
	if !nobodys {
		return "", removal.Words(r.tx, id, p, at.Seq, r.now)
	}
	delete(r.last, id)
	r.leftovers = true
	return "", removal.Begin(r.tx, id, r.now)
}
