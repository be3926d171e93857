package removal

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/chat/held"
	"github.com/chatctl/chatctl/server/store"
)

const (
	emptyEdits = `UPDATE entries SET body = $3 WHERE conversation = $1 AND target = $2 AND kind = 'edit'`
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

// Edits takes the texts out of all edits of a message.
func Edits(tx store.Tx, c api.ConversationID, message int64) error {
	_, err := tx.Exec(emptyEdits, c[:], message, api.Encode(&api.EditBody{Target: message, Deleted: true}))
	return err
}

// Words takes what a person wrote out of every row of a conversation, as the entry
// at a seq does. Places, times and hashes stay, so that the log is whole and no key
// decides twice.
func Words(tx store.Tx, c api.ConversationID, p api.UserID, at int64, now api.Time) error {
	var edited []int64
	err := tx.Each(editedOf, func(row store.Row) error {
		var seq int64
		err := row.Scan(&seq)
		edited = append(edited, seq)
		return err
	}, c[:], p[:])
	if err != nil {
		return err
	}
	for _, seq := range edited {
		if err := Edits(tx, c, seq); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		statement string
		args      []any
	}{
		{forgetMentions, []any{c[:], p[:]}},
		{tombstones, []any{c[:], p[:], api.Encode(&api.MessageBody{Deleted: true}), at}},
		{refuseAllHeld, []any{c[:], p[:], int64(now)}},
	} {
		if _, err := tx.Exec(f.statement, f.args...); err != nil {
			return err
		}
	}
	return held.DropAll(tx, c, p)
}
