package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

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

// clearBatch is how many entries lose their texts in one transaction, so that
// those who talk meanwhile do not wait.
const clearBatch = 500

// clearPurged takes the texts out of what was purged, until ctx ends: nobody reads
// them from the purge on, and here they leave the rows. Where it ended, or was
// killed, the next start goes on. A failure waits for the next purge, or a minute.
func (s *Service) clearPurged(ctx context.Context) error {
	again := time.NewTicker(time.Minute)
	defer again.Stop()
	for {
		for more := true; more; {
			var err error
			more, err = s.clearSome(ctx)
			switch {
			case errors.Is(err, store.ErrBroken):
				return fmt.Errorf("clearing what was purged: %w", err)
			case err != nil && ctx.Err() == nil:
				s.log.WarnContext(ctx, "purged texts not cleared yet", "err", err)
			}
			more = more && err == nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.purged:
		case <-again.C:
		}
	}
}

// clearSome clears one part of one conversation; false when nothing is left.
func (s *Service) clearSome(ctx context.Context) (more bool, err error) {
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		more = false
		var c api.ConversationID
		var cleared, purged int64
		err := tx.Row(purging).Scan(&c, &cleared, &purged)
		if errors.Is(err, store.ErrNoRow) {
			return nil
		}
		if err != nil {
			return err
		}
		more = true
		return clearTexts(tx, c, cleared, min(cleared+clearBatch, purged), purged)
	})
	return more, err
}

// clearTexts empties the entries of a conversation after one seq up to another.
func clearTexts(tx store.Tx, c api.ConversationID, after, to, purged int64) error {
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
