package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/held"
	"github.com/go-json-experiment/json"
)

// Hold sets a record aside. If its sender can be read they are answered; a
// record that has an outcome already only repeats it (promises, rule 7).
func (r *Run) Hold(value []byte, cause error) error {
	e := sketch(value)
	if e != nil {
		if hit, err := r.answered(e); hit || err != nil {
			return err
		}
	}
	if err := held.Keep(r.tx, r.topic, r.batch, value, e, cause, r.now); err != nil || e == nil {
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
func (r *Run) retryHeld(e *topic.Envelope) (api.Reason, error) {
	c := e.Action.Conversation
	n, err := r.tx.Exec(unhold, e.Held[:], e.Of[:], c[:])
	if err != nil || n == 0 {
		return api.ReasonNotHeld, err
	}
	record, err := held.Take(r.tx, e.Held, e.Of, c)
	if err != nil {
		return "", err
	}
	if err := r.Record(record); err != nil {
		return "", err
	}
	return "", r.outcome(e, api.HeldRetried, "")
}

// dropHeld refuses a held action for good. What lies at a place without a sender
// that can be read had no outcome and needs none: it is in no conversation, and
// any partition drops it.
func (r *Run) dropHeld(e *topic.Envelope) (api.Reason, error) {
	if e.HeldAt != nil {
		n, err := held.DropNobodys(r.tx, *e.HeldAt)
		if err != nil || n == 0 {
			return api.ReasonNotHeld, err
		}
		return "", r.outcome(e, api.HeldDropped, "")
	}
	c := e.Action.Conversation
	n, err := r.tx.Exec(refuseHeld, e.Held[:], e.Of[:], c[:], int64(r.now))
	if err != nil || n == 0 {
		return api.ReasonNotHeld, err
	}
	record, err := held.Take(r.tx, e.Held, e.Of, c)
	if err != nil {
		return "", err
	}
	if was := sketch(record); was != nil {
		if _, err := r.answered(was); err != nil {
			return "", err
		}
	}
	return "", r.outcome(e, api.HeldDropped, "")
}
