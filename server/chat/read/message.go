package read

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// scanMessage reads a message as it stands for the reader of the query: with the
// text of the latest edit that they may see, or as a tombstone.
func scanMessage(row store.Row, c api.ConversationID) (api.Entry, error) {
	e, _, err := scanVersion(row, c)
	return e, err
}

// scanVersion reads what messageColumns name, and more after it.
func scanVersion(row store.Row, c api.ConversationID, more ...any) (e api.Entry, m api.MessageBody, err error) {
	e.Conversation = c
	var body, edit, by []byte
	var deleted, edited int64
	columns := []any{&e.Seq, &e.Ord, &e.Kind, &e.Sender, &e.Action, &e.Time, &body, &deleted, &edited, &edit, &by}
	if err = row.Scan(append(columns, more...)...); err != nil {
		return e, m, err
	}
	e.Body = body
	if deleted == 0 && edited == 0 && len(more) == 0 {
		return e, m, nil // as it was sent
	}
	if m, err = api.DecodeTolerant[api.MessageBody](body); err != nil {
		return e, m, err
	}
	switch {
	case deleted > 0:
		m = api.MessageBody{Deleted: true} // the row may have its text still (a purge)
		copy(m.DeletedBy[:], by)           // nothing where the reader may not see the deletion
	case edited > 0:
		v, err := api.DecodeTolerant[api.EditBody](edit)
		if err != nil {
			return e, m, err
		}
		m.Text, m.Mentions, m.Edited = v.Text, v.Mentions, edited
	}
	e.Body = api.Encode(&m)
	return e, m, nil
}
