// Package held keeps records that could not be decided until an administrator
// settles them (promises, rule 7).
//
// It owns the rows; what becomes of a record that is taken is its caller's, in
// the same transaction. All functions may be called concurrently.
package held

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/store"
)

const (
	insert = `INSERT INTO held (number, topic, part, log_id, place, sender, action, conversation, cause, at, record)
  VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM held), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	isThere     = `SELECT count(*) FROM held WHERE topic = $1 AND part = $2 AND log_id = $3 AND place = $4 AND record = $5`
	take        = `DELETE FROM held WHERE action = $1 AND sender = $2 AND conversation = $3 RETURNING record`
	dropNobodys = `DELETE FROM held WHERE topic = $1 AND part = $2 AND place = $3 AND sender IS NULL`
	dropAll     = `DELETE FROM held WHERE conversation = $1 AND sender = $2`
)

// Keep writes a row, once for a record and place: a batch may come again. e
// tells whose action it is; nil when that cannot be read.
func Keep(tx store.Tx, topic string, b bus.Batch, value []byte, e *topic.Envelope, cause error, now api.Time) error {
	if value == nil {
		value = []byte{} // an empty record is not NULL
	}
	var n int64
	err := tx.Row(isThere, topic, b.Partition, b.LogID, b.Number, value).Scan(&n)
	if err != nil || n > 0 {
		return err
	}
	var sender, action, conversation []byte
	if e != nil {
		sender, action, conversation = e.Sender[:], e.Action.ID[:], e.Action.Conversation[:]
	}
	_, err = tx.Exec(insert, topic, b.Partition, b.LogID, b.Number, sender, action, conversation, cause.Error(), int64(now), value)
	return err
}

// Take takes a record by whose action it is; nil when there is none.
func Take(tx store.Tx, a api.ActionID, sender api.UserID, c api.ConversationID) (record []byte, err error) {
	err = tx.Row(take, a[:], sender[:], c[:]).Scan(&record)
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	return record, err
}

// DropNobodys drops the records at a place whose sender could not be read, and
// tells how many they were: a stored message holds several.
func DropNobodys(tx store.Tx, at topic.Place) (int64, error) {
	return tx.Exec(dropNobodys, at.Topic, at.Partition, at.Position)
}

// DropAll drops what is held of a person in a conversation.
func DropAll(tx store.Tx, c api.ConversationID, sender api.UserID) error {
	_, err := tx.Exec(dropAll, c[:], sender[:])
	return err
}
