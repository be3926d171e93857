// Package outbox keeps the actions that a client has asked for until their
// outcome is known, and says which to send when.
//
// With a file (Open) an action is on disk before it is sent for the first time,
// survives the process and is sent again by the next one; one process at a time
// holds the file. Without (Memory) it lives as long as the process. Of the
// actions of one conversation at most one is sent and not yet accepted, so that
// they are accepted in the order of Add (promises, rule 18); to keep that order,
// name a conversation always the same way. Sending twice does no harm: the
// server answers the first outcome. Sends that fail are kept as long and as
// safely, for whoever wants to decide about them (KeepFailed).
//
// All methods may be called concurrently.
package outbox

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

const (
	// Lifetime is how long an action other than a send is tried. The server
	// knows it again for 7 days; after that it might be done twice.
	Lifetime = 6 * 24 * time.Hour
	// answerWithin is how long to wait for what is next (accepted, then the
	// outcome) before an action is sent again; it doubles up to maxAnswer.
	answerWithin = 10 * time.Second
	maxAnswer    = 5 * time.Minute
	// mostOpen bounds the open actions: beyond it a program goes on without reading answers.
	mostOpen = 10_000
)

// ErrFull says that too many actions wait for their outcome.
var ErrFull = errors.New("the outbox is full: the server has not answered for long")

// Item is one open action.
type Item struct {
	Action   api.Action `json:"action"`
	Added    api.Time   `json:"added"`
	Accepted bool       `json:"-"` // on the server's log (promise A1)
	Held     bool       `json:"-"` // waits for an administrator

	next  time.Time     // when to send it (again); zero: at once
	wait  time.Duration // before the next resend
	tries int           // so far; at least one where another process may have tried
}

// Outbox is the open actions of one account on one server.
type Outbox struct {
	mu    sync.Mutex
	items []*Item // in the order of Add
	byID  map[api.ActionID]*Item
	file  *file // nil: in memory only

	keeps  bool // what failed
	failed []Failure
}

// Memory returns an outbox that lasts as long as the process.
func Memory() *Outbox { return &Outbox{byID: map[api.ActionID]*Item{}} }

// Add takes an action with its id. When it returns nil, the action is kept (on
// disk, if there is a file) and Due will name it; the same id again changes nothing.
func (o *Outbox) Add(a api.Action, now time.Time) error {
	if a.ID.IsZero() {
		return errors.New("an action needs an id before it is kept")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.byID[a.ID] != nil:
		return nil
	case len(o.items) >= mostOpen:
		return ErrFull
	}
	it := &Item{Action: a, Added: api.TimeOf(now)}
	if o.file != nil {
		if err := o.file.keep(record{Add: it}); err != nil {
			return fmt.Errorf("keeping the action on disk: %w", err)
		}
	}
	o.insert(it)
	return nil
}

// insert opens an action. If it had failed before, it is tried again.
func (o *Outbox) insert(it *Item) {
	o.unfail(it.Action.ID)
	o.items = append(o.items, it)
	o.byID[it.Action.ID] = it
}

// Due returns the actions to send now, in order and at most so many, and counts them as sent.
func (o *Outbox) Due(now time.Time, most int) []api.Action {
	o.mu.Lock()
	defer o.mu.Unlock()
	var due []api.Action
	o.sendable(func(it *Item) {
		if it.next.After(now) || len(due) >= most {
			return
		}
		it.wait = min(max(2*it.wait, answerWithin), maxAnswer)
		it.next = now.Add(it.wait)
		it.tries++
		due = append(due, it.Action)
	})
	return due
}

// Next returns when Due has something, if nothing else happens before.
func (o *Outbox) Next() (at time.Time, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sendable(func(it *Item) {
		if !ok || it.next.Before(at) {
			at, ok = it.next, true
		}
	})
	return at, ok
}

// sendable calls f with each action that may be on its way: all that are
// accepted, and the first of each conversation that is not. What is held is
// asked for again on reconnecting only.
func (o *Outbox) sendable(f func(*Item)) {
	taken := map[string]bool{}
	for _, it := range o.items {
		if !it.Accepted {
			q := queue(&it.Action)
			if taken[q] {
				continue
			}
			taken[q] = true
		}
		if !it.Held || it.next.IsZero() {
			f(it)
		}
	}
}

// queue names what an action must keep its order with.
func queue(a *api.Action) string {
	switch {
	case !a.Conversation.IsZero():
		return a.Conversation.String()
	case a.To != "":
		return "@" + a.To
	}
	return a.ID.String()
}

// Again makes every open action due: after a reconnect, or when the server dropped its answers.
func (o *Outbox) Again() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, it := range o.items {
		it.next, it.wait = time.Time{}, 0
	}
}

// Accepted notes that the server has the action on its log; the outcome is waited for.
func (o *Outbox) Accepted(id api.ActionID, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it := o.byID[id]; it != nil && !it.Accepted {
		it.Accepted, it.wait, it.next = true, answerWithin, now.Add(answerWithin)
	}
}

// Later puts an action off that the server cannot take now.
func (o *Outbox) Later(id api.ActionID, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if it := o.byID[id]; it != nil {
		it.next = at
	}
}

// Settle takes an outcome and returns the action if it was open. A terminal
// outcome ends it; a held action is kept.
func (o *Outbox) Settle(r api.Result, now time.Time) (api.Action, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := o.byID[r.Action]
	if it == nil {
		return api.Action{}, false
	}
	if r.Outcome == api.ActionHeld {
		it.Accepted, it.Held, it.next = true, true, now
		return it.Action, true
	}
	if r.Outcome == api.Refused {
		o.fail(it, Failure{Action: it.Action, Reason: r.Reason})
		return it.Action, true
	}
	o.ended(it)
	return it.Action, true
}

// Drop ends an action without an outcome and returns it if it was open.
func (o *Outbox) Drop(id api.ActionID) (api.Action, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := o.byID[id]
	if it == nil {
		return api.Action{}, false
	}
	o.take(it)
	o.decided(record{Done: it.Action.ID})
	return it.Action, true
}

// Expire ends and returns the actions, sends excepted, that are older than Lifetime.
func (o *Outbox) Expire(now time.Time) []api.Action {
	o.mu.Lock()
	defer o.mu.Unlock()
	var old []*Item
	for _, it := range o.items {
		if it.Action.Type != api.SendMessage && now.Sub(it.Added.Std()) >= Lifetime {
			old = append(old, it)
		}
	}
	actions := make([]api.Action, len(old))
	for i, it := range old {
		o.ended(it)
		actions[i] = it.Action
	}
	return actions
}

// Get returns an open action.
func (o *Outbox) Get(id api.ActionID) (Item, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	it := o.byID[id]
	if it == nil {
		return Item{}, false
	}
	return *it, true
}

// Items returns the open actions in the order of Add.
func (o *Outbox) Items() []Item {
	o.mu.Lock()
	defer o.mu.Unlock()
	items := make([]Item, len(o.items))
	for i, it := range o.items {
		items[i] = *it
	}
	return items
}

// Close gives the file back to other processes. The outbox must not be used after.
func (o *Outbox) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.file == nil {
		return nil
	}
	return o.file.close()
}

// ended ends an action, on disk, too.
func (o *Outbox) ended(it *Item) {
	o.take(it)
	o.note(record{Done: it.Action.ID})
}

// note puts down what the server said. An error is nobody's: at worst the action
// is sent again.
func (o *Outbox) note(r record) {
	if o.file != nil && o.file.append(r) == nil {
		o.file.tidy(o.records)
	}
}

// decided puts down what a person did, which nobody else can tell once more. It
// holds until the process ends where the disk does not take it.
func (o *Outbox) decided(r record) {
	if o.file != nil && o.file.keep(r) == nil {
		o.file.tidy(o.records)
	}
}

// take takes an action out.
func (o *Outbox) take(it *Item) {
	delete(o.byID, it.Action.ID)
	o.items = slices.DeleteFunc(o.items, func(other *Item) bool { return other == it })
}

// records are what a new file begins with.
func (o *Outbox) records() []record {
	var all []record
	for _, f := range o.failed {
		all = append(all, record{Failed: &f})
	}
	for _, it := range o.items {
		all = append(all, record{Add: it})
	}
	return all
}
