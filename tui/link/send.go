package link

import (
	"errors"
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
)

// asked is an action that was asked for, and the failure that it tries again.
type asked struct {
	api.Action
	instead api.ActionID // zero: of none
}

// Unkept tells that an action is not in the outbox, and why: it is not sent. A
// message is among the failures.
type Unkept struct {
	Action api.Action
	Err    error
}

// Send takes an action at once, so that actions keep the order of the calls, and
// returns its id with the command that puts it on disk, which Flush does, too.
func (l *Link) Send(a api.Action) (api.ActionID, tea.Cmd) { return l.queued(asked{Action: a}) }

// Retry tries a failed message again, as Send does; nil where there is none of that id.
func (l *Link) Retry(id api.ActionID) tea.Cmd {
	failed := l.Failures()
	i := slices.IndexFunc(failed, func(f outbox.Failure) bool { return f.Action.ID == id })
	if i < 0 {
		return nil
	}
	_, cmd := l.queued(asked{failed[i].Again(), id})
	return cmd
}

func (l *Link) queued(a asked) (api.ActionID, tea.Cmd) {
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	l.mu.Lock()
	l.queue = append(l.queue, a)
	l.mu.Unlock()
	return a.ID, func() tea.Msg { return l.keep(a.ID) }
}

// keep brings the queue to the outbox as far as the action called id.
func (l *Link) keep(id api.ActionID) tea.Msg {
	var told tea.BatchMsg
	for _, u := range l.put(func(queue []asked) int {
		return 1 + slices.IndexFunc(queue, func(a asked) bool { return a.ID == id })
	}) {
		told = append(told, func() tea.Msg { return Answer{l, u} })
	}
	return told
}

// Flush brings all of the queue to the outbox, whatever commands did not run: a
// program may end before they do.
func (l *Link) Flush() error {
	var errs []error
	for _, u := range l.put(func(queue []asked) int { return len(queue) }) {
		errs = append(errs, u.Err)
	}
	return errors.Join(errs...)
}

// put brings the first actions of the queue to the outbox, as many as is said.
func (l *Link) put(many func(queue []asked) int) (unkept []Unkept) {
	l.keeping.Lock()
	defer l.keeping.Unlock()
	l.mu.Lock()
	take := slices.Clone(l.queue[:many(l.queue)])
	l.mu.Unlock()
	for _, a := range take {
		if err := l.add(a); err != nil {
			unkept = append(unkept, Unkept{a.Action, err})
		}
	}
	l.mu.Lock()
	l.queue = slices.Delete(l.queue, 0, len(take)) // only now: it is shown all the time
	l.mu.Unlock()
	return unkept
}

// add puts an action in the outbox, or a message among the failures.
func (l *Link) add(a asked) error {
	_, err := l.stream.Send(a.Action)
	switch {
	case err == nil:
		l.outbox.Forget(a.instead)
	case a.instead.IsZero() && a.Type == api.SendMessage:
		f := outbox.Failure{Action: a.Action}
		if !errors.As(err, &f.Problem) {
			f.Error = err.Error()
		}
		l.outbox.Failed(f)
	}
	return err
}

// Dropped answers Drop. Where OK is false the action was settled meanwhile, or
// the server has it already, and what becomes of it will be told.
type Dropped struct {
	Action api.ActionID
	OK     bool
}

// Drop forgets a failure, or takes an action out of the outbox. One that was on
// its way when the connection was lost may have arrived all the same.
func (l *Link) Drop(id api.ActionID) tea.Cmd {
	failed := slices.ContainsFunc(l.Failures(), func(f outbox.Failure) bool { return f.Action.ID == id })
	return func() tea.Msg {
		if failed {
			l.outbox.Forget(id)
			return Answer{l, Dropped{id, true}}
		}
		it, open := l.outbox.Get(id)
		if open && !it.Accepted {
			_, open = l.outbox.Drop(id)
		}
		return Answer{l, Dropped{id, open && !it.Accepted}}
	}
}

// Outbox is the open actions in their order, those that are on their way to disk included.
func (l *Link) Outbox() []outbox.Item {
	items := l.outbox.Items()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.queue {
		if !slices.ContainsFunc(items, func(it outbox.Item) bool { return it.Action.ID == a.ID }) {
			items = append(items, outbox.Item{Action: a.Action})
		}
	}
	return items
}

// Failures are the messages that were not sent and wait for a decision.
func (l *Link) Failures() []outbox.Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(l.outbox.Failures(), func(f outbox.Failure) bool {
		return slices.ContainsFunc(l.queue, func(a asked) bool { return a.instead == f.Action.ID || a.ID == f.Action.ID })
	})
}
