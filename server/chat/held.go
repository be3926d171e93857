package chat

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/store"
	"github.com/go-json-experiment/json"
)

// hold sets a record aside. If its sender can be read they are answered; a
// record that has an outcome already only repeats it (promises, rule 7).
func (r *run) hold(value []byte, cause error) error {
	e := sketch(value)
	if e != nil {
		if hit, err := r.answered(e); hit || err != nil {
			return err
		}
	}
	if err := r.keep(r.tx, r.batch, value, e, cause, r.now); err != nil || e == nil {
		return err
	}
	return r.outcome(e, api.ActionHeld, "")
}

// sketch reads what can be read of a record's sender and action; nil when nobody can be answered.
func sketch(value []byte) *topic.Envelope {
	e := &topic.Envelope{}
	if err := json.Unmarshal(value, e); err != nil && e.Action == nil {
		return nil
	}
	if e.Action == nil || e.Mark != nil || e.Action.ID.IsZero() || e.Sender.IsZero() {
		return nil
	}
	return e
}

// retryHeld decides a held action anew, with its own key, at the end of its
// conversation. One that cannot be read is held again.
func (r *run) retryHeld(e *topic.Envelope) (api.Reason, error) {
	c := e.Action.Conversation
	n, err := r.tx.Exec(unhold, e.Held[:], e.Of[:], c[:])
	if err != nil || n == 0 {
		return api.ReasonNotHeld, err
	}
	var record []byte
	if err := r.tx.Row(takeHeld, e.Held[:], e.Of[:], c[:]).Scan(&record); err != nil {
		return "", err
	}
	if err := r.record(record); err != nil {
		return "", err
	}
	return "", r.outcome(e, api.HeldRetried, "")
}

// dropHeld refuses a held action for good.
func (r *run) dropHeld(e *topic.Envelope) (api.Reason, error) {
	c := e.Action.Conversation
	n, err := r.tx.Exec(refuseHeld, e.Held[:], e.Of[:], c[:], int64(r.now))
	if err != nil || n == 0 {
		return api.ReasonNotHeld, err
	}
	var record []byte
	if err := r.tx.Row(takeHeld, e.Held[:], e.Of[:], c[:]).Scan(&record); err != nil && !errors.Is(err, store.ErrNoRow) {
		return "", err
	}
	if held := sketch(record); held != nil {
		if _, err := r.answered(held); err != nil {
			return "", err
		}
	}
	return "", r.outcome(e, api.HeldDropped, "")
}

// keep writes a held row, once for a record and place: a batch may come again.
// e tells whose action it is, if that is known.
func (o *owner) keep(tx store.Tx, b bus.Batch, value []byte, e *topic.Envelope, cause error, at api.Time) error {
	if value == nil {
		value = []byte{} // an empty record is not NULL
	}
	var n int64
	err := tx.Row(isHeld, o.topic, b.Partition, b.LogID, b.Number, value).Scan(&n)
	if err != nil || n > 0 {
		return err
	}
	var sender, action, conversation []byte
	if e != nil {
		sender, action, conversation = e.Sender[:], e.Action.ID[:], e.Action.Conversation[:]
	}
	_, err = tx.Exec(insertHeld, o.topic, b.Partition, b.LogID, b.Number, sender, action, conversation, cause.Error(), int64(at), value)
	return err
}
