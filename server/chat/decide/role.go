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
	if me.role == api.Plain {
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
	if me.role != api.Owner || me.member == m {
		return api.ReasonForbidden, nil
	}
	p, _, reason, err := r.present(id, m)
	if reason != "" || err != nil {
		return reason, err
	}
	at, _, err := r.take(id, 0)
	if err != nil {
		return "", err
	}
	if role == api.Owner {
		if err := r.rank(id, e.Sender, api.Admin); err != nil {
			return "", err
		}
	}
	if err := r.rank(id, p, role); err != nil {
		return "", err
	}
	return "", r.change(e, at, p, api.MemberBody{Change: api.Ranked, Member: m, Role: role})
}

// rank writes a member's role and raises their version.
func (r *Run) rank(c api.ConversationID, p api.UserID, role api.Role) error {
	version, err := r.raise(p)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(setRole, c[:], p[:], string(role), version)
	return err
}
