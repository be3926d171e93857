package decide

import (
	"errors"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/membership"
	"github.com/chatctl/chatctl/server/chat/removal"
	"github.com/chatctl/chatctl/server/store"
)

// target is the message that an action concerns, as it stands.
type target struct {
	sender          api.UserID
	at              api.Time
	edited, deleted int64 // the seq of the latest edit, and of the deletion; 0: none
	body            []byte
}

// target finds the message that an action names, if its sender may read it and
// there is something to read; nil otherwise: which it was is not told.
func (r *Run) target(e *topic.Envelope) (*target, error) {
	a := e.Action
	t := &target{}
	err := r.tx.Row(targetNow, a.Conversation[:], e.Sender[:], a.Target).Scan(&t.sender, &t.at, &t.edited, &t.deleted, &t.body)
	if errors.Is(err, store.ErrNoRow) || err == nil && t.deleted > 0 {
		return nil, nil
	}
	return t, err
}

// revise carries an edit or a deletion out: both are entries that change their
// target, in this transaction, and its mentions with it.
func (r *Run) revise(e *topic.Envelope) (api.Reason, error) {
	c, me, reason, err := r.inside(e)
	if reason != "" || err != nil {
		return reason, err
	}
	t, err := r.target(e)
	if err != nil || t == nil {
		return api.ReasonNoMessage, err
	}
	may, change := r.mayEdit, r.edit
	if e.Action.Type == api.DeleteMessage {
		may, change = mayDelete, r.delete
	}
	if reason, err := may(e, c, me, t); reason != "" || err != nil {
		return reason, err
	}
	at, _, err := r.take(e.Action.Conversation, 0)
	if err != nil {
		return "", err
	}
	before, err := r.mentionedBy(e.Action.Conversation, t)
	if err != nil {
		return "", err
	}
	return "", change(e, t, at, before)
}

// mayEdit: only an own message, for as long as the window is open, and in a
// direct conversation only while a message could be sent: it is read as one is (promises, B).
func (r *Run) mayEdit(e *topic.Envelope, c *membership.Conversation, _ membership.Seat, t *target) (api.Reason, error) {
	if t.sender != e.Sender {
		return api.ReasonForbidden, nil
	}
	if c.Kind == api.Direct {
		if reason, err := r.reach(e.Sender, c.Other(e.Sender)); reason != "" || err != nil {
			return reason, err
		}
	}
	if r.now.Std().Sub(t.at.Std()) > r.rules.EditWindow {
		return api.ReasonTooLate, nil
	}
	return "", nil
}

// mayDelete: an own message at any time; in groups the owner and admins delete anybody's.
func mayDelete(e *topic.Envelope, c *membership.Conversation, me membership.Seat, t *target) (api.Reason, error) {
	if t.sender != e.Sender && (c.Kind != api.Group || me.Role == api.Plain) {
		return api.ReasonForbidden, nil
	}
	return "", nil
}

// edit replaces the text of a message; what was there before stays in the log.
// Whom the text mentions only now finds the mention at the edit; whom it no longer does, none.
func (r *Run) edit(e *topic.Envelope, _ *target, at membership.Place, before []api.MemberID) error {
	a := e.Action
	now, err := r.mention(e, at.Seq, before)
	if err != nil {
		return err
	}
	if err := r.remention(a.Conversation, a.Target, before, now); err != nil {
		return err
	}
	body := api.Encode(&api.EditBody{Target: a.Target, Text: a.Text, Mentions: now})
	if err := r.entry(e, api.EntryEdit, at, body, api.MessageEdited, nil); err != nil || r.rules.Faults.EditsNotApplied {
		return err
	}
	_, err = r.tx.Exec(setEdited, a.Conversation[:], a.Target, at.Seq)
	return err
}

// delete makes a message a tombstone. The text goes out of every version of it.
func (r *Run) delete(e *topic.Envelope, t *target, at membership.Place, before []api.MemberID) error {
	a := e.Action
	if err := r.remention(a.Conversation, a.Target, before, nil); err != nil {
		return err
	}
	if _, err := r.tx.Exec(setDeleted, a.Conversation[:], a.Target, at.Seq, api.Encode(&api.MessageBody{Deleted: true})); err != nil {
		return err
	}
	if t.edited > 0 && !r.rules.Faults.DeleteKeepsVersions {
		if err := removal.Edits(r.tx, a.Conversation, a.Target); err != nil {
			return err
		}
	}
	return r.entry(e, api.EntryDelete, at, api.Encode(&api.DeleteBody{Target: a.Target}), api.MessageGone, nil)
}

// mentionedBy is whom a message mentions as it stands.
func (r *Run) mentionedBy(c api.ConversationID, t *target) ([]api.MemberID, error) {
	body := t.body
	if t.edited > 0 {
		if err := r.tx.Row(bodyAt, c[:], t.edited).Scan(&body); err != nil {
			return nil, err
		}
	}
	m, err := api.DecodeTolerant[api.MessageBody](body) // an edit has the same field
	return m.Mentions, err
}

// remention takes back the mentions of a message that are among before and not
// among now, and lets those whose count changed learn of it.
func (r *Run) remention(c api.ConversationID, target int64, before, now []api.MemberID) error {
	for _, m := range slices.Concat(before, now) {
		was, is := slices.Contains(before, m), slices.Contains(now, m)
		if was == is {
			continue
		}
		s, err := r.members.SeatOf(c, m)
		if err != nil {
			return err
		}
		if was {
			if _, err := r.tx.Exec(clearMention, s.Person[:], c[:], target); err != nil {
				return err
			}
		}
		if err := r.members.Touch(c, s.Person); err != nil {
			return err
		}
	}
	return nil
}
