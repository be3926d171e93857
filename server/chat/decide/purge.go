package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

const (
	hasTexts = `SELECT EXISTS (SELECT 1 FROM entries WHERE conversation = $1 AND kind = 'message' AND deleted IS NULL
  AND seq > (SELECT purged FROM conversations WHERE id = $1))`
	setPurged = `UPDATE conversations SET purged = $2 WHERE id = $1`
)

// purge makes every message of a conversation up to now a tombstone, in one entry.
// The entry is in force for all who read at once; chat takes the texts out of the
// rows after the commit, since they may be many. Where no message has a text,
// there is no entry. Reports keep their copies, and held actions what they ask for.
func (r *Run) purge(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	c, err := r.members.Conversation(id)
	if err != nil || c == nil {
		return api.ReasonNotMember, err
	}
	var any bool
	if err := r.tx.Row(hasTexts, id[:]).Scan(&any); err != nil {
		return "", err
	}
	if !any {
		return "", r.outcome(e, api.Purged, "")
	}
	at, _, err := r.take(id, 0)
	if err != nil {
		return "", err
	}
	if !r.rules.Faults.PurgeKeepsWords {
		if _, err := r.tx.Exec(setPurged, id[:], at.Seq-1); err != nil {
			return "", err
		}
		r.leftovers = true
	}
	return "", r.entry(e, api.EntryPurge, at, api.Encode(&api.PurgeBody{Through: at.Seq - 1}), api.Purged, nil)
}
