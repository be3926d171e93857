// Package unsent is what a person asked for and that is not done: what waits in
// the outbox, why, and what failed and waits for a decision.
//
// The outbox itself is the link's. Failures are kept here, and as long as the
// program runs: what the server has refused is in no outbox any more.
package unsent

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/tui/thread"
)

// Failure is a message that was not sent.
type Failure struct {
	Action api.Action
	Why    string
}

// Pending is the failure for the thread.
func (f Failure) Pending() thread.Pending {
	return thread.Pending{ID: f.Action.ID, Text: f.Action.Text, ReplyTo: f.Action.ReplyTo, Stage: thread.Failed, Why: f.Why}
}

// Box keeps failures and delays. The zero Box is empty.
type Box struct {
	failed  []Failure
	delayed map[api.ActionID]string
}

// Fail keeps a message that was not sent.
func (b *Box) Fail(a api.Action, why string) { b.failed = append(b.failed, Failure{a, why}) }

// Delay notes why the server cannot take an action now.
func (b *Box) Delay(id api.ActionID, why string) {
	if b.delayed == nil {
		b.delayed = map[api.ActionID]string{}
	}
	b.delayed[id] = why
}

// Settle forgets a delay.
func (b *Box) Settle(id api.ActionID) { delete(b.delayed, id) }

// Failures are those that wait for a decision, in their order.
func (b *Box) Failures() []Failure { return b.failed }

// Take takes a failure out, if there is one of that action.
func (b *Box) Take(id api.ActionID) (api.Action, bool) {
	i := slices.IndexFunc(b.failed, func(f Failure) bool { return f.Action.ID == id })
	if i < 0 {
		return api.Action{}, false
	}
	a := b.failed[i].Action
	b.failed = slices.Delete(b.failed, i, i+1)
	return a, true
}

// Pending is what the thread shows of open messages.
func (b *Box) Pending(open []outbox.Item, connected bool) []thread.Pending {
	list := make([]thread.Pending, 0, len(open))
	for _, it := range open {
		p := thread.Pending{ID: it.Action.ID, Text: it.Action.Text, ReplyTo: it.Action.ReplyTo}
		switch why := b.delayed[it.Action.ID]; {
		case it.Accepted:
			p.Stage = thread.Accepted
		case why != "":
			p.Stage, p.Why = thread.Waiting, why
		case !connected:
			p.Stage, p.Why = thread.Waiting, "no connection"
		}
		list = append(list, p)
	}
	return list
}

// Line is one action of the list of what is not done.
type Line struct {
	Action api.Action
	State  string
}

// Lines is that list: failures first, then what is open, in its order.
func (b *Box) Lines(open []outbox.Item) []Line {
	lines := make([]Line, 0, len(b.failed)+len(open))
	for _, f := range b.failed {
		lines = append(lines, Line{f.Action, "failed: " + f.Why})
	}
	for _, it := range open {
		state := "waits for the connection"
		switch {
		case it.Held:
			state = "held for an administrator"
		case it.Accepted:
			state = "the server has it"
		case b.delayed[it.Action.ID] != "":
			state = b.delayed[it.Action.ID]
		}
		lines = append(lines, Line{it.Action, state})
	}
	return lines
}
