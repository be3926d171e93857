// Package audit is what administrators changed: who, what, when. Rows are added
// only, in the transaction of the change where there is one.
//
// All functions work in their caller's transaction; the table is package account's.
package audit

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

const (
	insert = `INSERT INTO audit (audit_id, at, actor, act, object, detail) VALUES ($1, $2, $3, $4, $5, $6)`
	list   = `SELECT audit_id, at, actor, act, object, detail FROM audit WHERE audit_id > $1
		AND ($2 = '' OR actor = $2) AND ($3 = '' OR object = $3) ORDER BY audit_id LIMIT $4`
)

// Note adds a change by actor: act says what, to which object.
func Note(tx store.Tx, at api.Time, actor, act, object, detail string) error {
	id, err := uuid.NewV7() // ordered by time, so that the primary key is the order of the list
	if err != nil {
		return err
	}
	_, err = tx.Exec(insert, id[:], at, actor, act, object, detail)
	return err
}

// List gives changes by ascending id after one ("": from the first), oldest
// first; actor and object keep only those of somebody, or on something.
func List(tx store.Tx, after, actor, object string, limit int) ([]api.Audited, error) {
	from := uuid.Nil
	if after != "" {
		var err error
		if from, err = uuid.Parse(after); err != nil {
			return nil, api.Invalid("", "the parameter after is the id of a change")
		}
	}
	changes := []api.Audited{}
	err := tx.Each(list, func(r store.Row) error {
		var a api.Audited
		var id uuid.UUID
		if err := r.Scan(&id, &a.Time, &a.Actor, &a.Act, &a.Object, &a.Detail); err != nil {
			return err
		}
		a.ID = id.String()
		changes = append(changes, a)
		return nil
	}, from[:], actor, object, limit)
	return changes, err
}
