package read

import "github.com/chatctl/chatctl/server/api"

// Tombstone is the body of a message whose text is gone.
func Tombstone() []byte { return api.Encode(&api.MessageBody{Deleted: true}) }

// EmptyEdit is the body of an edit of a message whose text is gone.
func EmptyEdit(target int64) []byte { return api.Encode(&api.EditBody{Target: target, Deleted: true}) }

// hide takes the text out of an entry of a conversation that was purged up to a
// seq: the rows lose theirs, or go, only after the purge or the removal.
func hide(e *api.Entry, purged int64) error {
	if e.Seq > purged {
		return nil
	}
	switch e.Kind {
	case api.EntryMessage:
		e.Body = Tombstone()
	case api.EntryEdit:
		b, err := api.DecodeTolerant[api.EditBody](e.Body)
		if err != nil {
			return err
		}
		e.Body = EmptyEdit(b.Target)
	}
	return nil
}
