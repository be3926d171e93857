// Package removal takes out of the rows what nobody may read any more: the texts of
// what was deleted, the words of who is erased, and whole conversations that are
// nobody's, since the accounts of all who ever were in them are deleted, so that
// nobody can read them or come in again (promises, rule 23).
//
// Begin is part of the transaction that finds a conversation to be so: from it on
// there is none, for any read or action. Its other rows may be many; they are noted
// in the table removals, which is this package's, and Some deletes a part of them
// each time it is called, whatever ended in between. They lie in other packages'
// tables, and until they are gone tell nobody more than an outcome that is told
// again. Reports keep their copies, and outcomes that are no entry their time. All
// functions may be called concurrently.
package removal

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

const (
	// From the youngest on: who was made in bulk is erased from the eldest on.
	livingMember = `SELECT m.person FROM members m WHERE m.conversation = $1 AND NOT EXISTS
  (SELECT 1 FROM standing s WHERE s.id = m.person AND s.deleted) ORDER BY m.person DESC LIMIT 1`

	ofMembers  = `conversation = $1 AND sender IN (SELECT person FROM members WHERE conversation = $1)`
	refuseHeld = `UPDATE outcomes SET code = 'refused', reason = 'dropped', at = $2 WHERE code = 'action.held'
  AND (id, sender) IN (SELECT action, sender FROM held WHERE ` + ofMembers + `)`
	dropHeld           = `DELETE FROM held WHERE ` + ofMembers
	deleteConversation = `DELETE FROM conversations WHERE id = $1`
	begin              = `INSERT INTO removals (conversation) VALUES ($1)`
)

// Members go after the entries, which name them.
const (
	due           = `SELECT conversation FROM removals ORDER BY conversation LIMIT 1`
	deleteEntries = `DELETE FROM entries WHERE conversation = $1 AND seq IN
  (SELECT seq FROM entries WHERE conversation = $1 ORDER BY seq LIMIT $2)`
	someMembers     = ` WHERE conversation = $1 AND person IN (SELECT person FROM members WHERE conversation = $1 ORDER BY person LIMIT $2)`
	deleteMentions  = `DELETE FROM mentions` + someMembers
	deleteIntervals = `DELETE FROM intervals` + someMembers
	deleteMembers   = `DELETE FROM members` + someMembers
	done            = `DELETE FROM removals WHERE conversation = $1`
)

// Due tells whether a conversation is nobody's. It stays so: an account that is
// deleted does nothing, and nobody lets it in.
func Due(tx store.Tx, c api.ConversationID) (bool, error) {
	var living api.UserID
	err := tx.Row(livingMember, c[:]).Scan(&living)
	if errors.Is(err, store.ErrNoRow) {
		return true, nil
	}
	return false, err
}

// Begin takes a conversation away that is nobody's, with what is held of its members.
func Begin(tx store.Tx, c api.ConversationID, now api.Time) error {
	if _, err := tx.Exec(refuseHeld, c[:], int64(now)); err != nil {
		return err
	}
	for _, statement := range []string{dropHeld, deleteConversation, begin} {
		if _, err := tx.Exec(statement, c[:]); err != nil {
			return err
		}
	}
	return nil
}

// Some deletes about so many rows of one conversation; false when nothing is left of any.
func Some(tx store.Tx, rows int) (more bool, err error) {
	var c api.ConversationID
	err = tx.Row(due).Scan(&c)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(deleteEntries, c[:], rows)
	if n > 0 || err != nil {
		return true, err
	}
	for _, statement := range []string{deleteMentions, deleteIntervals, deleteMembers} {
		if n, err = tx.Exec(statement, c[:], rows); err != nil {
			return true, err
		}
	}
	if n == 0 {
		_, err = tx.Exec(done, c[:])
	}
	return true, err
}
