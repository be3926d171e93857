package decide

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/store"
)

// sender says why an action is refused for who asks it (promises, R): the
// account, or the session that it came from. The server itself has no session.
func (r *Run) sender(e *topic.Envelope) (api.Reason, error) {
	var suspended, deleted bool
	var notBefore, revoked int64
	err := r.tx.Row(standingNow, e.Sender[:], e.Session[:]).Scan(&suspended, &deleted, &notBefore, &revoked)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return api.ReasonSignedOut, nil
	case err != nil:
		return "", err
	case suspended || deleted:
		return api.ReasonSuspended, nil
	case !e.Session.IsZero() && (revoked > 0 || e.Since < notBefore):
		return api.ReasonSignedOut, nil
	}
	return "", nil
}

// available tells whether p can be reached by who asks: known, not suspended,
// not deleted, not blocking them, and somebody else. Which of these it was is
// not told (promises, rule 17).
func (r *Run) available(who, p api.UserID) (bool, error) {
	var suspended, deleted bool
	var notBefore, revoked int64
	err := r.tx.Row(standingNow, p[:], []byte{}).Scan(&suspended, &deleted, &notBefore, &revoked)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	blocks, err := r.blocks(p, who)
	return !suspended && !deleted && !blocks && p != who, err
}
