package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// renameGroup gives a group another name. The owner and admins do.
func (r *Run) renameGroup(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	_, me, reason, err := r.inGroup(e)
	if reason != "" || err != nil {
		return reason, err
	}
	if me.Role == api.Plain {
		return api.ReasonForbidden, nil
	}
	at, _, err := r.take(id, 0)
	if err != nil {
		return "", err
	}
	if _, err := r.tx.Exec(setName, id[:], e.Action.Name); err != nil {
		return "", err
	}
	return "", r.entry(e, api.EntryRename, at, api.Encode(&api.RenameBody{Name: e.Action.Name}), api.GroupRenamed, nil)
}

// setRole gives another member a role. Only the owner does; giving away the
// owner's own makes them an admin, in the same entry.
func (r *Run) setRole(e *topic.Envelope) (api.Reason, error) {
	id, m, role := e.Action.Conversation, e.Action.Member, e.Action.Role
	_, me, reason, err := r.inGroup(e)
	if reason != "" || err != nil {
		return reason, err
	}
	if me.Role != api.Owner || me.Member == m {
		return api.ReasonForbidden, nil
	}
	them, err := r.members.SeatOf(id, m)
	if err != nil || !them.Present {
		return api.ReasonNotMember, err
	}
	at, _, err := r.take(id, 0)
	if err != nil {
		return "", err
	}
	if role == api.Owner {
		if err := r.members.Rank(id, e.Sender, api.Admin); err != nil {
			return "", err
		}
	}
	if err := r.members.Rank(id, them.Person, role); err != nil {
		return "", err
	}
	return "", r.change(e, at, them.Person, api.MemberBody{Change: api.Ranked, Member: m, Role: role})
}
