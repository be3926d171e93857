package decide

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/store"
)

// block sets or clears a block. It lies in the partition of the two people's
// direct conversation, so that no message is committed beside it (promises, B).
// One of somebody unknown goes the same way (rule 17), and leaves the same row: a
// handle that nobody has looks like an account that chat was not told of yet,
// and a block of that has to hold.
func (r *Run) block(e *topic.Envelope) (api.Reason, error) {
	if e.Peer == e.Sender || e.Peer.IsZero() {
		return api.ReasonUnavailable, nil
	}
	active, code := e.Action.Type == api.SetBlock, api.BlockSet
	if !active {
		code = api.BlockCleared
	}
	now, err := r.blocks(e.Sender, e.Peer)
	if err != nil {
		return "", err
	}
	if active != now {
		version, err := r.members.Raise(e.Sender)
		if err != nil {
			return "", err
		}
		if _, err := r.tx.Exec(setBlock, e.Sender[:], e.Peer[:], active && !r.rules.Faults.NoBlockCheck, version); err != nil {
			return "", err
		}
	}
	return "", r.outcome(e, code, "")
}

// blocks tells whether a blocks b.
func (r *Run) blocks(a, b api.UserID) (active bool, err error) {
	err = r.tx.Row(blockNow, a[:], b[:]).Scan(&active)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	return active, err
}
