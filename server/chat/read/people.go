package read

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Typist is the member id of a person who may be shown typing in a conversation;
// false for one who is not present there, in a conversation that is too large
// for it, and in a direct one that a block or an ended account has closed.
func (r *Reader) Typist(ctx context.Context, user api.UserID, c api.ConversationID) (m api.MemberID, ok bool, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		return tx.Row(typist, c[:], user[:], api.MaxMarksShown).Scan(&m)
	})
	if errors.Is(err, store.ErrNoRow) {
		return m, false, nil
	}
	return m, err == nil, err
}

// Acquainted are those of others who share a conversation with a person, where
// neither blocks the other and both accounts are in force.
func (r *Reader) Acquainted(ctx context.Context, user api.UserID, others []api.UserID) (known map[api.UserID]bool, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		known = map[api.UserID]bool{}
		for _, o := range others {
			var yes bool
			if err := tx.Row(acquainted, user[:], o[:]).Scan(&yes); err != nil {
				return err
			}
			if yes && o != user {
				known[o] = true
			}
		}
		return nil
	})
	return known, err
}
