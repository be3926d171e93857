// Package decide gives the actions of one batch their outcomes, inside one
// transaction: who may do what, the next seq, the rows that change, and the news
// of it.
//
// It owns the statements that change conversations, entries, blocks, marks,
// reports, held records and outcomes, and promises one outcome for each action and
// key, dense seq, and that a refusal writes nothing but itself (promises, rules 2
// to 8). The rows of members are membership's; the fence, the commit and the
// telling are chat's. A transaction may run twice: each try is a Run of its own, of
// one goroutine.
package decide

import (
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/membership"
	"github.com/chatctl/chatctl/server/chat/news"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
)

// Run is one try at a batch: its transaction, and what is told once it is committed.
type Run struct {
	rules     *Rules
	topic     string // of the batch
	tx        store.Tx
	batch     bus.Batch
	now       api.Time
	news      news.News
	members   *membership.Rows
	decided   tally
	leftovers bool                         // what Leftovers tells
	actions   []Action                     // that got an outcome in this try
	traces    []string                     // the traceparents of actions that it decided
	own       map[seat]membership.Place    // latest own messages, not yet counted as read
	last      map[api.ConversationID]int64 // where the touched conversations stand now
}

// seat is a person's place in a conversation.
type seat struct {
	conversation api.ConversationID
	person       api.UserID
}

// New begins a try at a batch of a topic.
func New(rules *Rules, tx store.Tx, topic string, b bus.Batch, now api.Time) *Run {
	r := &Run{rules: rules, topic: topic, tx: tx, batch: b, now: now, own: map[seat]membership.Place{}, last: map[api.ConversationID]int64{}}
	r.members = membership.In(tx, &r.news, rules.Faults.Faults)
	return r
}

// Finish writes what is written once for all of the batch, after its last record.
func (r *Run) Finish() error { return r.readOwn() }

// News is what is to be told once the transaction is committed.
func (r *Run) News() []bus.Item { return r.news.Items }

// Last is where the conversations stand that were written to.
func (r *Run) Last() map[api.ConversationID]int64 { return r.last }

// Action is one that a try decided, with its sender.
type Action struct {
	ID     api.ActionID
	Sender api.UserID
}

// Actions are those that got an outcome in this try.
func (r *Run) Actions() []Action { return r.actions }

// Leftovers tells whether there are rows that nobody may read any more: of what was
// purged, or of a conversation that was removed.
func (r *Run) Leftovers() bool { return r.leftovers }

// Traces are the traceparents of the actions of this try that have one.
func (r *Run) Traces() []string { return r.traces }

// Record decides one record. A malformed one is held at once (promises, rule 7).
func (r *Run) Record(value []byte) error {
	e, err := topic.DecodeEnvelope(value)
	if err == nil {
		if e.Mark != nil {
			return r.mark(e.Mark)
		}
		if e.Trace != "" {
			r.traces = append(r.traces, e.Trace)
		}
		err = r.decide(e)
	}
	if errors.Is(err, topic.ErrMalformed) {
		return r.Hold(value, err)
	}
	return err
}

// Again tells the stored outcome of a record that was decided before (promises, rule 3).
func (r *Run) Again(value []byte) error {
	e, err := topic.DecodeEnvelope(value)
	if errors.Is(err, topic.ErrMalformed) {
		e, err = sketch(value), nil
	}
	if err != nil || e == nil || e.Mark != nil { // a mark: nobody waits for it
		return err
	}
	_, err = r.answered(e)
	return err
}

// decide gives an action its outcome. The message that nothing speaks against
// takes two statements; why anything else is not that is found out after.
// A malformed action is noticed before anything is written.
func (r *Run) decide(e *topic.Envelope) error {
	if err := placed(e); err != nil {
		return err
	}
	if e.Action.Type == api.SendMessage {
		if sent, err := r.send(e); sent || err != nil {
			return err
		}
	}
	if hit, err := r.answered(e); hit || err != nil {
		return err
	}
	reason, err := r.act(e)
	if err != nil || reason == "" {
		return err
	}
	return r.outcome(e, api.Refused, reason)
}

// placed checks that an action lies in the conversation that it must concern.
func placed(e *topic.Envelope) error {
	a := e.Action
	want := a.Conversation
	switch a.Type {
	case api.SendMessage:
		if !e.Peer.IsZero() {
			want = api.DirectConversation(e.Sender, e.Peer)
		}
	case api.SetBlock, api.ClearBlock:
		want = api.DirectConversation(e.Sender, e.Peer)
	case api.CreateGroup:
		want = api.GroupConversation(e.Sender, a.ID)
	case api.EditMessage, api.DeleteMessage, api.ReportMessage, api.RenameGroup, api.SetRole,
		api.AddMember, api.RemoveMember, api.LeaveGroup, api.EraseMember, api.RetryHeld, api.DropHeld, api.CloseReport, api.HandOver, api.Purge:
	default:
		return fmt.Errorf("%w: an action of type %q", topic.ErrMalformed, a.Type)
	}
	if a.Conversation != want {
		return fmt.Errorf("%w: %s in another conversation than its own", topic.ErrMalformed, a.Type)
	}
	return nil
}

// act carries an action out, or says why it is refused.
func (r *Run) act(e *topic.Envelope) (api.Reason, error) {
	switch e.Action.Type {
	case api.RetryHeld, api.DropHeld, api.CloseReport, api.HandOver, api.Purge:
		return r.administer(e)
	case api.EraseMember:
		return r.erase(e)
	}
	if reason, err := r.sender(e); reason != "" || err != nil {
		return reason, err
	}
	switch e.Action.Type {
	case api.SendMessage:
		return r.sendSlowly(e)
	case api.EditMessage, api.DeleteMessage:
		return r.revise(e)
	case api.ReportMessage:
		return r.report(e)
	case api.RenameGroup:
		return r.renameGroup(e)
	case api.SetRole:
		return r.setRole(e)
	case api.CreateGroup:
		return r.createGroup(e)
	case api.AddMember:
		return r.addMember(e)
	case api.RemoveMember:
		return r.removeMember(e)
	case api.LeaveGroup:
		return r.leaveGroup(e)
	}
	return r.block(e)
}

// answered looks an action up: one that was decided is told again, one whose
// key names another action is a conflict of this attempt (wire, Results).
func (r *Run) answered(e *topic.Envelope) (bool, error) {
	o, err := read.Stored(r.tx, e.Sender, e.Action.ID)
	if err != nil || o == nil {
		return false, err
	}
	switch same, err := o.Answers(r.tx, e); {
	case err != nil:
		return false, err
	case !same:
		r.news.Conflict(e)
		return true, nil
	case r.rules.Faults.NoRepublish:
		return true, nil
	case r.rules.Faults.NoDedupe && !r.batch.Decided && e.Action.Type == api.SendMessage:
		twin := *e.Action
		twin.ID = api.NewActionID()
		copied := *e
		copied.Action = &twin
		if _, err := r.send(&copied); err != nil {
			return true, err
		}
	}
	return true, r.news.Again(r.tx, e, o)
}

// outcome stores an outcome that is no entry, and tells it.
func (r *Run) outcome(e *topic.Envelope, code api.Outcome, reason api.Reason) error {
	a := e.Action
	if code != api.Refused || !r.rules.Faults.RefusalsNotStored {
		_, err := r.tx.Exec(insertOutcome, a.ID[:], e.Sender[:], e.Hash[:], string(code), string(reason), a.Conversation[:], int64(r.now))
		if err != nil {
			return err
		}
	}
	r.result(e, &api.Result{Action: a.ID, Outcome: code, Reason: reason, Conversation: a.Conversation, Time: r.now})
	return nil
}
