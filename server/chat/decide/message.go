package decide

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/frame"
	"github.com/chatctl/chatctl/server/chat/membership"
	"github.com/chatctl/chatctl/server/store"
)

// send commits a message if nothing speaks against it, and reports whether it did.
func (r *Run) send(e *topic.Envelope) (bool, error) {
	a := e.Action
	if r.rules.Faults.PanicOnPoison && a.Text == "poison" {
		panic("poison")
	}
	if ok, err := r.sees(e.Sender, a.Conversation, a.ReplyTo); !ok || err != nil {
		return false, err
	}
	since := e.Since
	if e.Session.IsZero() {
		since = math.MaxInt64
	}
	var at membership.Place
	err := r.tx.Row(takeMessagePlace, a.Conversation[:], e.Sender[:], a.ID[:], e.Session[:], since, int64(r.now), r.batch.Number).
		Scan(&at.Seq, &at.Ord, (*int64)(&at.At))
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mentioned, err := r.mention(e, at.Seq, nil)
	if err != nil {
		return false, err
	}
	body, err := frame.Message(make([]byte, 0, len(a.Text)+32), &api.MessageBody{Text: a.Text, ReplyTo: a.ReplyTo, Mentions: mentioned})
	if err != nil {
		return false, fmt.Errorf("writing a message's body: %w", err)
	}
	if err := r.entry(e, api.EntryMessage, at, body, api.MessageSent, nil); err != nil {
		return false, err
	}
	r.own[seat{a.Conversation, e.Sender}] = at
	if r.rules.Faults.SkipSeq && at.Seq%16 == 0 {
		_, err = r.tx.Exec(losePlace, a.Conversation[:])
	}
	return true, err
}

// sees tells whether p may read the message at seq, if seq names one at all.
func (r *Run) sees(p api.UserID, c api.ConversationID, seq int64) (bool, error) {
	if seq == 0 {
		return true, nil
	}
	var n int64
	err := r.tx.Row(readable, c[:], p[:], seq).Scan(&n)
	return n == 1, err
}

// mention notes who of the mentioned is a member now, but not anew those who
// were mentioned already, nor by an edit those who may not see the message, and
// gives the member ids of all.
func (r *Run) mention(e *topic.Envelope, seq int64, already []api.MemberID) (ids []api.MemberID, err error) {
	c := e.Action.Conversation
	for i, p := range e.Mentions {
		if i == api.MaxMentions {
			break
		}
		s, err := r.members.Seat(c, p)
		if err != nil {
			return nil, err
		}
		if !s.Present || p == e.Sender || slices.Contains(ids, s.Member) {
			continue
		}
		ids = append(ids, s.Member)
		if slices.Contains(already, s.Member) {
			continue
		}
		if ok, err := r.sees(p, c, e.Action.Target); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		if _, err := r.tx.Exec(insertMention, p[:], c[:], seq); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// sendSlowly finds out what speaks against a message whose sender is in order,
// or creates the direct conversation that it is the first message of.
func (r *Run) sendSlowly(e *topic.Envelope) (api.Reason, error) {
	c, err := r.members.Conversation(e.Action.Conversation)
	if err != nil {
		return "", err
	}
	peer := e.Peer
	switch {
	case c == nil && peer.IsZero():
		return api.ReasonNotMember, nil
	case c != nil && c.Kind == api.Direct:
		peer = c.Other(e.Sender)
	}
	if c != nil {
		if s, err := r.members.Seat(e.Action.Conversation, e.Sender); err != nil || !s.Present {
			return api.ReasonNotMember, err
		}
	}
	if !peer.IsZero() { // direct; the refusal comes from here whether or not it exists (promises, rule 17)
		if reason, err := r.reach(e.Sender, peer); reason != "" || err != nil {
			return reason, err
		}
	}
	if ok, err := r.sees(e.Sender, e.Action.Conversation, e.Action.ReplyTo); err != nil || !ok {
		return api.ReasonBadReply, err
	}
	if c == nil {
		if err := r.createDirect(e); err != nil {
			return "", err
		}
	}
	sent, err := r.send(e)
	if err == nil && !sent {
		err = errors.New("a message is neither sent nor refused")
	}
	return "", err
}

// reach tells whether a may write to b: why not, when not.
func (r *Run) reach(a, b api.UserID) (api.Reason, error) {
	if blocks, err := r.blocks(a, b); blocks || err != nil {
		return api.ReasonBlockedByYou, err
	}
	ok, err := r.available(a, b)
	if ok || err != nil {
		return "", err
	}
	return api.ReasonUnavailable, nil
}

// createDirect makes the direct conversation of sender and peer, who both are
// in it from its first entry on.
func (r *Run) createDirect(e *topic.Envelope) error {
	c := e.Action.Conversation
	a, b := e.Sender, e.Peer
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	_, err := r.tx.Exec(insertConversation, c[:], string(api.Direct), "", string(api.SinceJoin), a[:], b[:], 2, int64(0), int64(0), r.batch.Number)
	if err != nil {
		return err
	}
	for i, p := range []api.UserID{e.Sender, e.Peer} {
		if _, err := r.members.Join(c, p, api.Plain, int64(i+1), membership.Place{}, 1); err != nil {
			return err
		}
	}
	return nil
}
