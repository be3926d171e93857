package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
)

// actions consumes actions.chat.
type actions struct{ *owner }

// Take takes a partition over and lets the heads of what moved lately be repeated.
func (a *actions) Take(ctx context.Context, partition int, logID string) (published, pos int64, err error) {
	published, pos, err = a.owner.Take(ctx, partition, logID)
	if err == nil {
		a.heads.takenOver()
	}
	return published, pos, err
}

// Apply decides a batch and then tells its results (bus.Consumer).
func (a *actions) Apply(ctx context.Context, b bus.Batch) error {
	if b.Decided {
		return a.again(ctx, b)
	}
	return a.commit(ctx, b, func(r *run) error {
		for _, rec := range b.Records {
			if err := r.record(rec.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// Hold sets the record of b aside (bus.Consumer).
func (a *actions) Hold(ctx context.Context, b bus.Batch, cause error) error {
	return a.commit(ctx, b, func(r *run) error {
		return r.hold(b.Records[0].Value, cause)
	})
}

// commit runs decide behind the fence in one transaction, then tells the news.
func (a *actions) commit(ctx context.Context, b bus.Batch, decide func(*run) error) error {
	var r *run
	err := a.inTx(ctx, func(tx store.Tx) error {
		r = newRun(a.owner, tx, b) // a transaction may run twice: nothing is kept
		if err := a.fence(tx, b); err != nil {
			return err
		}
		if err := decide(r); err != nil {
			return err
		}
		if err := r.readOwn(); err != nil {
			return err
		}
		if a.faults.PublishBeforeCommit {
			a.live.Send(r.items)
			<-time.After(50 * time.Millisecond) // so that a kill finds the gap
		}
		return nil
	})
	switch {
	case errors.Is(err, errCommitted):
		return a.again(ctx, b)
	case err != nil:
		return fmt.Errorf("deciding %d records up to %s/%d:%d: %w", len(b.Records), a.topic, b.Partition, b.Number, err)
	}
	if len(r.items) > 0 && !a.faults.PublishBeforeCommit {
		a.live.Send(r.items)
	}
	r.counted()
	a.heads.moved(r.last)
	return nil
}

// again tells the stored outcomes of a batch that was decided before.
func (a *actions) again(ctx context.Context, b bus.Batch) error {
	var r *run
	err := a.db.Read(ctx, func(tx store.Tx) error {
		r = newRun(a.owner, tx, b)
		for _, rec := range b.Records {
			e, err := topic.DecodeEnvelope(rec.Value)
			if errors.Is(err, topic.ErrMalformed) {
				e, err = sketch(rec.Value), nil
			}
			if err != nil {
				return err
			}
			if e == nil || e.Mark != nil {
				continue // nobody waits for it
			}
			if _, err := r.answered(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("telling outcomes up to %s/%d:%d again: %w", a.topic, b.Partition, b.Number, err)
	}
	if len(r.items) > 0 {
		a.live.Send(r.items)
	}
	return nil
}

// run is one try at a batch: its transaction, and what is told once it is committed.
type run struct {
	*owner
	news
	tx      store.Tx
	batch   bus.Batch
	decided tally
	now     api.Time
	own     map[seat]place               // latest own messages, not yet counted as read
	last    map[api.ConversationID]int64 // where the touched conversations stand now
}

// seat is a person's place in a conversation.
type seat struct {
	conversation api.ConversationID
	person       api.UserID
}

// place is where an entry lies.
type place struct {
	seq, ord int64
	at       api.Time
}

func newRun(o *owner, tx store.Tx, b bus.Batch) *run {
	return &run{owner: o, tx: tx, batch: b, now: api.TimeOf(o.now()), own: map[seat]place{}, last: map[api.ConversationID]int64{}}
}

// record decides one record. A malformed one is held at once (promises, rule 7).
func (r *run) record(value []byte) error {
	e, err := topic.DecodeEnvelope(value)
	if err == nil {
		if e.Mark != nil {
			return r.mark(e.Mark)
		}
		err = r.decide(e)
	}
	if errors.Is(err, topic.ErrMalformed) {
		return r.hold(value, err)
	}
	return err
}

// decide gives an action its outcome. The message that nothing speaks against
// takes two statements; why anything else is not that is found out after.
// A malformed action is noticed before anything is written.
func (r *run) decide(e *topic.Envelope) error {
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
		api.AddMember, api.RemoveMember, api.LeaveGroup, api.EraseMember, api.RetryHeld, api.DropHeld, api.CloseReport:
	default:
		return fmt.Errorf("%w: an action of type %q", topic.ErrMalformed, a.Type)
	}
	if a.Conversation != want {
		return fmt.Errorf("%w: %s in another conversation than its own", topic.ErrMalformed, a.Type)
	}
	return nil
}

// act carries an action out, or says why it is refused.
func (r *run) act(e *topic.Envelope) (api.Reason, error) {
	switch e.Action.Type {
	case api.RetryHeld, api.DropHeld, api.CloseReport:
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
	case api.EditMessage:
		return r.editMessage(e)
	case api.DeleteMessage:
		return r.deleteMessage(e)
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

// administer carries out what only the server itself asks for, for an administrator.
func (r *run) administer(e *topic.Envelope) (api.Reason, error) {
	if !e.Session.IsZero() {
		return api.ReasonForbidden, nil
	}
	switch e.Action.Type {
	case api.RetryHeld:
		return r.retryHeld(e)
	case api.DropHeld:
		return r.dropHeld(e)
	}
	return r.closeReport(e)
}

// answered looks an action up: one that was decided is told again, one whose
// key names another action is a conflict of this attempt (wire, Results).
func (r *run) answered(e *topic.Envelope) (bool, error) {
	o, err := read.Stored(r.tx, e.Sender, e.Action.ID)
	switch {
	case err != nil || o == nil:
		return false, err
	case o.Hash != e.Hash:
		r.conflict(e)
		return true, nil
	case r.faults.NoRepublish:
		return true, nil
	case r.faults.NoDedupe && !r.batch.Decided && e.Action.Type == api.SendMessage:
		twin := *e.Action
		twin.ID = api.NewActionID()
		copied := *e
		copied.Action = &twin
		if _, err := r.send(&copied); err != nil {
			return true, err
		}
	}
	return true, r.again(r.tx, e, o)
}

// outcome stores an outcome that is no entry, and tells it.
func (r *run) outcome(e *topic.Envelope, code api.Outcome, reason api.Reason) error {
	a := e.Action
	if code != api.Refused || !r.faults.RefusalsNotStored {
		_, err := r.tx.Exec(insertOutcome, a.ID[:], e.Sender[:], e.Hash[:], string(code), string(reason), a.Conversation[:], int64(r.now))
		if err != nil {
			return err
		}
	}
	r.result(e, &api.Result{Action: a.ID, Outcome: code, Reason: reason, Conversation: a.Conversation, Time: r.now})
	return nil
}

// raise raises a person's version with a change that they must learn of, and tells it.
func (r *run) raise(p api.UserID) (version int64, err error) {
	if err = r.tx.Row(raiseVersion, p[:]).Scan(&version); err == nil {
		r.person(p, version)
	}
	return version, err
}
