// Package unsent says of what a person asked for, and that is not done, how it
// stands: what waits in the outbox and why, and what failed and waits for a
// decision.
//
// Outbox and failures are the link's. Only what the server said of an open
// action is kept here.
package unsent

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/tui/thread/render"
	"github.com/chatctl/chatctl/tui/words"
)

// Failed is a failure as the thread shows it.
func Failed(f outbox.Failure) render.Pending {
	return render.Pending{ID: f.Action.ID, Text: f.Action.Text, ReplyTo: f.Action.ReplyTo, Stage: render.Failed, Why: words.Failure(f)}
}

// Delays is why the server cannot take actions now. The zero Delays has none.
type Delays struct{ by map[api.ActionID]string }

// Delay notes why the server cannot take an action now.
func (d *Delays) Delay(id api.ActionID, why string) {
	if d.by == nil {
		d.by = map[api.ActionID]string{}
	}
	d.by[id] = why
}

// Settle forgets a delay.
func (d *Delays) Settle(id api.ActionID) { delete(d.by, id) }

// Pending is what the thread shows of open messages.
func (d *Delays) Pending(open []outbox.Item, connected bool) []render.Pending {
	list := make([]render.Pending, 0, len(open))
	for _, it := range open {
		p := render.Pending{ID: it.Action.ID, Text: it.Action.Text, ReplyTo: it.Action.ReplyTo}
		switch why := d.by[it.Action.ID]; {
		case it.Accepted:
			p.Stage = render.Accepted
		case why != "":
			p.Stage, p.Why = render.Waiting, why
		case !connected:
			p.Stage, p.Why = render.Waiting, "no connection"
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

// Lines is that list: failures first, then what is open, each in its order.
func (d *Delays) Lines(failed []outbox.Failure, open []outbox.Item, connected bool) []Line {
	lines := make([]Line, 0, len(failed)+len(open))
	for _, f := range failed {
		lines = append(lines, Line{f.Action, "failed: " + words.Failure(f)})
	}
	for _, it := range open {
		state := "waits for the connection"
		switch {
		case it.Held:
			state = "held for an administrator"
		case it.Accepted:
			state = "the server has it"
		case d.by[it.Action.ID] != "":
			state = d.by[it.Action.ID]
		case connected:
			state = "on its way"
		}
		lines = append(lines, Line{it.Action, state})
	}
	return lines
}
