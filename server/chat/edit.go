package chat

import (
	"errors"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
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
func (r *run) target(e *topic.Envelope) (*target, error) {
	a := e.Action
	t := &target{}
	err := r.tx.Row(targetNow, a.Conversation[:], e.Sender[:], a.Target).Scan(&t.sender, &t.at, &t.edited, &t.deleted, &t.body)
	if errors.Is(err, store.ErrNoRow) || err == nil && t.deleted > 0 {
		return nil, nil
	}
	return t, err
}

// editMessage replaces the text of an own message, for as long as the window is
// open. What was there before stays in the log.
func (r *run) editMessage(e *topic.Envelope) (api.Reason, error) {
	c, _, reason, err := r.inside(e)
	if reason != "" || err != nil {
		return reason, err
	}
	t, err := r.target(e)
	switch {
	case err != nil:
		return "", err
	case t == nil:
		return api.ReasonNoMessage, nil
	case t.sender != e.Sender:
		return api.ReasonForbidden, nil
	}
	if c.kind == api.Direct { // it is read as a message is (promises, B)
		if reason, err := r.reach(e.Sender, c.other(e.Sender)); reason != "" || err != nil {
			return reason, err
		}
	}
	if r.now.Std().Sub(t.at.Std()) > r.window {
		return api.ReasonTooLate, nil
	}
	return "", r.edit(e, t)
}

// edit writes the entry of an edit and changes its target. Whom the text
// mentions only now finds the mention at the edit; whom it no longer does, none.
func (r *run) edit(e *topic.Envelope, t *target) error {
	a := e.Action
	at, _, err := r.take(a.Conversation, 0)
	if err != nil {
		return err
	}
	before, err := r.mentionedBy(a.Conversation, t)
	if err != nil {
		return err
	}
	now, err := r.mention(e, at.seq, before)
	if err != nil {
		return err
	}
	if err := r.remention(a.Conversation, a.Target, before, now); err != nil {
		return err
	}
	body := api.Encode(&api.EditBody{Target: a.Target, Text: a.Text, Mentions: now})
	if err := r.entry(e, api.EntryEdit, at, body, api.MessageEdited, nil); err != nil || r.faults.EditsNotApplied {
		return err
	}
	_, err = r.tx.Exec(setEdited, a.Conversation[:], a.Target, at.seq)
	return err
}

// deleteMessage makes a message a tombstone: its sender at any time, in groups
// the owner and admins too. The text goes out of every version in this transaction.
func (r *run) deleteMessage(e *topic.Envelope) (api.Reason, error) {
	c, me, reason, err := r.inside(e)
	if reason != "" || err != nil {
		return reason, err
	}
	t, err := r.target(e)
	switch {
	case err != nil:
		return "", err
	case t == nil:
		return api.ReasonNoMessage, nil
	case t.sender != e.Sender && (c.kind != api.Group || me.role == api.Plain):
		return api.ReasonForbidden, nil
	}
	return "", r.delete(e, t)
}

func (r *run) delete(e *topic.Envelope, t *target) error {
	a := e.Action
	at, _, err := r.take(a.Conversation, 0)
	if err != nil {
		return err
	}
	before, err := r.mentionedBy(a.Conversation, t)
	if err != nil {
		return err
	}
	if err := r.remention(a.Conversation, a.Target, before, nil); err != nil {
		return err
	}
	if _, err := r.tx.Exec(setDeleted, a.Conversation[:], a.Target, at.seq, api.Encode(&api.MessageBody{Deleted: true})); err != nil {
		return err
	}
	if t.edited > 0 && !r.faults.DeleteKeepsVersions {
		empty := api.Encode(&api.EditBody{Target: a.Target, Deleted: true})
		if _, err := r.tx.Exec(emptyEdits, a.Conversation[:], a.Target, empty); err != nil {
			return err
		}
	}
	return r.entry(e, api.EntryDelete, at, api.Encode(&api.DeleteBody{Target: a.Target}), api.MessageGone, nil)
}

// mentionedBy is whom a message mentions as it stands.
func (r *run) mentionedBy(c api.ConversationID, t *target) ([]api.MemberID, error) {
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
func (r *run) remention(c api.ConversationID, target int64, before, now []api.MemberID) error {
	for _, m := range slices.Concat(before, now) {
		was, is := slices.Contains(before, m), slices.Contains(now, m)
		if was == is {
			continue
		}
		var p api.UserID
		var role api.Role
		var here bool
		if err := r.tx.Row(seatOfMember, c[:], m[:]).Scan(&p, &role, &here); err != nil {
			return err
		}
		if was {
			if _, err := r.tx.Exec(clearMention, p[:], c[:], target); err != nil {
				return err
			}
		}
		version, err := r.raise(p)
		if err != nil {
			return err
		}
		if _, err := r.tx.Exec(touchMember, c[:], p[:], version); err != nil {
			return err
		}
	}
	return nil
}
