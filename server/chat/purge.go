package chat

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
)

// Of a purge, for whose rows have their texts still.
const (
	purging     = `SELECT id, cleared, purged FROM conversations WHERE cleared < purged ORDER BY id LIMIT 1`
	purgedEdits = `SELECT seq, target FROM entries WHERE conversation = $1 AND seq > $2 AND seq <= $3 AND kind = 'edit'`
	clearEntry  = `UPDATE entries SET body = $3 WHERE conversation = $1 AND seq = $2`
	// What was deleted before stays so by whoever did that.
	clearMessages = `UPDATE entries SET body = $4, deleted = COALESCE(deleted, $5)
  WHERE conversation = $1 AND seq > $2 AND seq <= $3 AND kind = 'message'`
	clearMentions = `DELETE FROM mentions WHERE conversation = $1 AND seq <= $2
  AND person IN (SELECT person FROM members WHERE conversation = $1)`
	setCleared = `UPDATE conversations SET cleared = $2 WHERE id = $1 AND cleared < $2`
)

// clearTexts takes the texts out of so many rows of one conversation that was purged;
// false when nothing is left of any.
func clearTexts(tx store.Tx, rows int) (more bool, err error) {
	var c api.ConversationID
	var cleared, purged int64
	err = tx.Row(purging).Scan(&c, &cleared, &purged)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, empty(tx, c, cleared, min(cleared+int64(rows), purged), purged)
}

// empty empties the entries of a conversation after one seq up to another.
func empty(tx store.Tx, c api.ConversationID, after, to, purged int64) error {
	targets := map[int64]int64{}
	err := tx.Each(purgedEdits, func(row store.Row) error {
		var seq, target int64
		err := row.Scan(&seq, &target)
		targets[seq] = target
		return err
	}, c[:], after, to)
	if err != nil {
		return err
	}
	for seq, target := range targets {
		if _, err := tx.Exec(clearEntry, c[:], seq, read.EmptyEdit(target)); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(clearMessages, c[:], after, to, read.Tombstone(), purged+1); err != nil {
		return err
	}
	if to == purged {
		if _, err := tx.Exec(clearMentions, c[:], purged); err != nil {
			return err
		}
	}
	_, err = tx.Exec(setCleared, c[:], to)
	return err
}
