package decide

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/held"
	"github.com/chatctl/chatctl/server/chat/removal"
	"github.com/chatctl/chatctl/server/store"
)

const (
	isDeleted = `SELECT deleted FROM standing WHERE id = $1`
	// The deletion of a message that was deleted before stays what made it go.
	tombstones = `UPDATE entries SET body = $3, deleted =
  COALESCE(deleted, (SELECT purged + 1 FROM conversations WHERE id = $1 AND purged >= seq), $4) WHERE conversation = $1 AND sender = $2 AND kind = 'message'`
	editedOf = `SELECT seq FROM entries WHERE conversation = $1 AND sender = $2 AND kind = 'message' AND edited > 0`
	// Of the person, and of others in what the person wrote.
	// Its members are named, and what is held: neither table has an index by conversation.
	forgetMentions = `DELETE FROM mentions WHERE conversation = $1 AND person IN (SELECT person FROM members WHERE conversation = $1) AND
  (person = $2 OR seq IN (SELECT seq FROM entries WHERE conversation = $1 AND sender = $2))`
	refuseAllHeld = `UPDATE outcomes SET code = 'refused', reason = 'dropped', at = $3 WHERE conversation = $1 AND sender = $2 AND code = 'action.held'
  AND (id, sender) IN (SELECT action, sender FROM held WHERE conversation = $1 AND sender = $2)`
)

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
		return "", r.forgetWords(id, p, at.Seq)
	}
	delete(r.last, id)
	r.leftovers = true
	return "", removal.Begin(r.tx, id, r.now)
}

// forgetWords takes what a person wrote out of every row of a conversation.
// Places, times and hashes stay, so that the log is whole and no key decides twice.
func (r *Run) forgetWords(c api.ConversationID, p api.UserID, at int64) error {
	var edited []int64
	err := r.tx.Each(editedOf, func(row store.Row) error {
		var seq int64
		err := row.Scan(&seq)
		edited = append(edited, seq)
		return err
	}, c[:], p[:])
	if err != nil {
		return err
	}
	for _, seq := range edited {
		if _, err := r.tx.Exec(emptyEdits, c[:], seq, api.Encode(&api.EditBody{Target: seq, Deleted: true})); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		statement string
		args      []any
	}{
		{forgetMentions, []any{c[:], p[:]}},
		{tombstones, []any{c[:], p[:], api.Encode(&api.MessageBody{Deleted: true}), at}},
		{refuseAllHeld, []any{c[:], p[:], int64(r.now)}},
	} {
		if _, err := r.tx.Exec(f.statement, f.args...); err != nil {
			return err
		}
	}
	return held.DropAll(r.tx, c, p)
}
