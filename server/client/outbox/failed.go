package outbox

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
)

// mostFailed bounds the failures that are kept; the oldest give way.
const mostFailed = 1000

// Failure is a send that was not done and that nobody tries any more, until its
// owner decides. Of Reason, Problem and Error one says why.
type Failure struct {
	Action  api.Action   `json:"action"`
	Reason  api.Reason   `json:"reason,omitempty"`  // its outcome: it was refused, for good
	Problem *api.Problem `json:"problem,omitempty"` // the server took no try of it
	Error   string       `json:"error,omitempty"`   // it was never tried, or its trial cannot be gone on with
	Unsure  bool         `json:"unsure,omitzero"`   // an earlier try may have arrived all the same
}

// Again is the action that tries f once more. It has the same id where the
// outcome is not known, so that what has arrived is not sent twice (promises,
// rule 2: a message's id is known as long as the message); where f is final, or
// the id names something else, it has none yet.
func (f Failure) Again() api.Action {
	a := f.Action
	if f.Reason != "" || f.Problem != nil && f.Problem.Code == "conflict" {
		a.ID = api.ActionID{}
	}
	return a
}

// KeepFailed has sends that fail kept until Forget or Add names their id. Without,
// what fails is forgotten.
func (o *Outbox) KeepFailed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keeps = true
}

// Failures returns what has failed and is kept, in the order of failing.
func (o *Outbox) Failures() []Failure {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.failed)
}

// Fail ends an action that the server will not take, and returns it if it was open.
func (o *Outbox) Fail(id api.ActionID, why *api.Problem) (api.Action, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := o.byID[id]
	if it == nil {
		return api.Action{}, false
	}
	o.fail(it, Failure{Action: it.Action, Problem: why, Unsure: it.Accepted || it.tries > 1})
	return it.Action, true
}

// Failed keeps an action that Add has refused, as far as the disk lets it. Its
// text is nowhere else.
func (o *Outbox) Failed(f Failure) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byID[f.Action.ID] == nil && o.keeps {
		o.keepFailure(f, o.decided)
	}
}

// Forget drops a failure, if there is one of that action.
func (o *Outbox) Forget(id api.ActionID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.unfail(id) {
		o.decided(record{Forgotten: id})
	}
}

// fail ends an open action, and keeps it as a failure where it is a send.
func (o *Outbox) fail(it *Item, f Failure) {
	if !o.keeps || it.Action.Type != api.SendMessage {
		o.ended(it)
		return
	}
	o.take(it)
	o.keepFailure(f, o.note)
}

func (o *Outbox) keepFailure(f Failure, down func(record)) {
	o.failed = append(o.failed, f)
	down(record{Failed: &f})
	if n := len(o.failed) - mostFailed; n > 0 {
		o.failed = slices.Delete(o.failed, 0, n) // the file's have the same bound when they are read
	}
}

// unfail takes a failure out, and reports whether it was there.
func (o *Outbox) unfail(id api.ActionID) bool {
	n := len(o.failed)
	o.failed = slices.DeleteFunc(o.failed, func(f Failure) bool { return f.Action.ID == id })
	return len(o.failed) < n
}
