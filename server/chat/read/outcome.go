package read

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/store"
)

// Outcome is what became of an action, with the hash of what was asked, and the
// entry when it made one.
type Outcome struct {
	api.Result
	Hash  topic.Digest
	Entry *api.Entry
}

// Stored finds the outcome of (sender, action), an entry before anything else; nil when there is none.
func Stored(tx store.Tx, sender api.UserID, action api.ActionID) (*Outcome, error) {
	o := &Outcome{Result: api.Result{Action: action}}
	e := api.Entry{Action: action}
	var hash, body []byte
	var purged int64
	err := tx.Row(entryOf, action[:], sender[:]).Scan(&e.Conversation, &e.Seq, &e.Ord, &e.Kind, &e.Sender, &e.Time, &body, &hash, &purged)
	if err == nil {
		e.Body = body
		if err := hide(&e, purged); err != nil {
			return nil, err
		}
		copy(o.Hash[:], hash)
		o.Entry = &e
		o.Conversation, o.Seq, o.Ord, o.Time = e.Conversation, e.Seq, e.Ord, e.Time
		o.Result.Outcome, err = outcomeOf(&e)
		return o, err
	}
	if !errors.Is(err, store.ErrNoRow) {
		return nil, err
	}
	err = tx.Row(outcomeRow, action[:], sender[:]).Scan(&hash, &o.Result.Outcome, &o.Reason, &o.Conversation, &o.Time)
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	copy(o.Hash[:], hash)
	return o, err
}

// Answers tells whether o is the outcome of what e asks. The handle of an account
// that was erased is nobody's (promises, rule 23), so an action that names it and is
// repeated since lies in another conversation than when it was decided. It is known
// by all else that it says, and is answered as if nothing had happened (rule 17).
func (o *Outcome) Answers(tx store.Tx, e *topic.Envelope) (bool, error) {
	if o.Hash == e.Hash || e.Peer.IsZero() {
		return o.Hash == e.Hash, nil
	}
	then := *e.Action
	then.Conversation = o.Conversation
	if then.Hash() != o.Hash {
		return false, nil
	}
	var moved bool
	err := tx.Row(peerIsGone, e.Peer[:], o.Conversation[:], e.Sender[:]).Scan(&moved)
	return moved, err
}

// outcomeOf names the outcome that an entry is.
func outcomeOf(e *api.Entry) (api.Outcome, error) {
	if o, ok := entered[e.Kind]; ok {
		return o, nil
	}
	body, err := api.DecodeTolerant[api.MemberBody](e.Body)
	return Changed[body.Change], err
}

// entered names the outcome of an entry of every kind but member.
var entered = map[api.EntryKind]api.Outcome{
	api.EntryMessage: api.MessageSent, api.EntryEdit: api.MessageEdited, api.EntryDelete: api.MessageGone,
	api.EntryCreate: api.GroupCreated, api.EntryRename: api.GroupRenamed, api.EntryErase: api.MemberErased,
	api.EntryPurge: api.Purged,
}

// Changed names the outcome of a change of membership or role.
var Changed = map[api.Change]api.Outcome{
	api.Added: api.MemberAdded, api.Removed: api.MemberRemoved, api.Left: api.MemberLeft, api.Ranked: api.MemberRanked,
}

// Outcome is the stored outcome of the sender's action; a Problem not_known_yet when there is none.
func (r *Reader) Outcome(ctx context.Context, sender api.UserID, action api.ActionID) (api.Result, error) {
	var o *Outcome
	err := r.db.Read(ctx, func(tx store.Tx) (err error) {
		o, err = Stored(tx, sender, action)
		return err
	})
	switch {
	case err != nil:
		return api.Result{}, err
	case o == nil:
		return api.Result{}, api.NewProblem("not_known_yet", "send it again with the same key")
	}
	return o.Result, nil
}

// HeldCount is how many records are held.
func (r *Reader) HeldCount(ctx context.Context) (n int64, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error { return tx.Row(heldCount).Scan(&n) })
	return n, err
}

// Held lists held records for administrators, oldest first.
func (r *Reader) Held(ctx context.Context, after int64, limit int) (hs []api.Held, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		hs = nil
		return tx.Each(heldAfter, func(row store.Row) error {
			h, err := scanHeld(row)
			hs = append(hs, h)
			return err
		}, after, limit)
	})
	return hs, err
}

// HeldAt reads what is held at a place of a log and has no sender that can be
// read, with its bytes: a stored message holds several records.
func (r *Reader) HeldAt(ctx context.Context, at topic.Place) (hs []api.Held, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		hs = nil
		return tx.Each(heldAt, func(row store.Row) error {
			var h api.Held
			err := row.Scan(&h.Number, &h.Topic, &h.Partition, &h.Position, &h.Cause, &h.Time, &h.Record)
			hs = append(hs, h)
			return err
		}, at.Topic, at.Partition, at.Position)
	})
	return hs, err
}

func scanHeld(row store.Row) (h api.Held, err error) {
	err = row.Scan(&h.Number, &h.Topic, &h.Partition, &h.Position, &h.Sender, &h.Action, &h.Conversation, &h.Cause, &h.Time)
	return h, err
}
