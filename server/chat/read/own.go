package read

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Of whoever wrote it, in every version.
const ownUp = entryColumns + ` AND sender = $2 AND seq > $3 AND kind IN ('message', 'edit') ORDER BY seq LIMIT $4`

// Own is what the person wrote in a conversation after a seq, ascending. It is
// theirs, whether or not they are still in it.
func (r *Reader) Own(ctx context.Context, user api.UserID, c api.ConversationID, after int64, limit int) (es []api.Entry, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		es = nil
		return tx.Each(ownUp, func(row store.Row) error {
			e, err := scanEntry(row, c)
			es = append(es, e)
			return err
		}, c[:], user[:], after, limit)
	})
	return es, err
}
