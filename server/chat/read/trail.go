package read

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// mostSenders bounds how many senders of one action id are told: there is one,
// unless somebody chose another's.
const mostSenders = 10

// Trail is what is stored of an action, whoever sent it, and who has the entry
// that it made, for administrators.
func (r *Reader) Trail(ctx context.Context, action api.ActionID) (found []api.Traced, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		found = []api.Traced{}
		err := tx.Each(sendersOf, func(row store.Row) error {
			var t api.Traced
			err := row.Scan(&t.Sender)
			found = append(found, t)
			return err
		}, action[:], mostSenders)
		for i := 0; i < len(found) && err == nil; i++ {
			err = trace(tx, action, &found[i])
		}
		return err
	})
	return found, err
}

// trace fills in what became of the action of t.Sender.
func trace(tx store.Tx, action api.ActionID, t *api.Traced) error {
	err := tx.Row(handleOf, t.Sender[:]).Scan(&t.Handle)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return err
	}
	o, err := Stored(tx, t.Sender, action)
	if err != nil || o == nil {
		return err
	}
	t.Result = o.Result
	if t.Result.Outcome == api.ActionHeld {
		t.Held, err = heldAs(tx, t.Sender, action)
		return err
	}
	if o.Entry == nil {
		return nil
	}
	c, seq := t.Result.Conversation, t.Result.Seq
	if t.Position, err = zero(tx.Row(placeOfLast, c[:], seq)); err != nil {
		return err
	}
	t.Reach, err = reachOf(tx, c, seq)
	return err
}

// heldAs is the held record of an action; nil where it was settled meanwhile.
func heldAs(tx store.Tx, sender api.UserID, action api.ActionID) (*api.Held, error) {
	h, err := scanHeld(tx.Row(heldOf, action[:], sender[:]))
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	return &h, err
}

// reachOf tells who of those entitled to an entry has it. Who has read has received.
func reachOf(tx store.Tx, c api.ConversationID, seq int64) (*api.Reach, error) {
	reach := &api.Reach{Members: []api.Reached{}}
	if err := tx.Row(reachCounts, c[:], seq).Scan(&reach.Entitled, &reach.Received, &reach.Read); err != nil {
		return nil, err
	}
	err := tx.Each(reachMembers, func(row store.Row) error {
		m := api.Reached{Streams: []int64{}}
		err := row.Scan(&m.Member, &m.User, &m.Handle, &m.Received, &m.Read)
		reach.Members = append(reach.Members, m)
		return err
	}, c[:], seq, api.ReachMembers)
	return reach, err
}
