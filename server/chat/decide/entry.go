package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/membership"
	"github.com/chatctl/chatctl/server/chat/read"
)

// take takes the place of an entry that changes the membership by delta people,
// and counts who ever joined.
func (r *Run) take(c api.ConversationID, delta int64) (at membership.Place, joins int64, err error) {
	err = r.tx.Row(takePlace, c[:], int64(r.now), r.batch.Number, delta, max(delta, 0)).Scan(&at.Seq, &at.Ord, &at.At, &joins)
	return at, joins, err
}

// change writes the entry of a change of membership.
func (r *Run) change(e *topic.Envelope, at membership.Place, p api.UserID, body api.MemberBody) error {
	var changes []topic.MemberChange
	if body.Change != api.Ranked { // who has another role stays in the room
		changes = []topic.MemberChange{{Person: p, Joined: body.Change == api.Added}}
	}
	return r.entry(e, api.EntryMember, at, api.Encode(&body), read.Changed[body.Change], changes)
}

// entry writes an entry at a place that was taken for it, and tells the entry
// and the result that it is.
func (r *Run) entry(e *topic.Envelope, kind api.EntryKind, at membership.Place, body []byte, code api.Outcome, changes []topic.MemberChange) error {
	a := e.Action
	var target any // of an edit or deletion
	if kind == api.EntryEdit || kind == api.EntryDelete {
		target = a.Target
	}
	var office any // stands for the member who is no member: an administrator
	if a.Type == api.HandOver || a.Type == api.Purge {
		office = make([]byte, len(api.MemberID{}))
	}
	n := api.Entry{Conversation: a.Conversation, Seq: at.Seq, Ord: at.Ord, Kind: kind, Action: a.ID, Time: at.At, Body: body}
	err := r.tx.Row(insertEntry, a.Conversation[:], at.Seq, at.Ord, string(kind), a.ID[:], e.Sender[:], e.Hash[:], int64(at.At), body, target, office).Scan(&n.Sender)
	if err != nil {
		return err
	}
	if at.Seq == 1 && kind == api.EntryMessage { // the first message of a direct conversation
		changes = []topic.MemberChange{{Person: e.Sender, Joined: true}, {Person: e.Peer, Joined: true}}
	}
	r.news.Entry(&n, changes)
	for _, c := range changes {
		if c.Joined {
			r.news.Joined(c.Person, a.Conversation, at.Seq)
		}
	}
	r.last[a.Conversation] = at.Seq
	r.result(e, &api.Result{Action: a.ID, Outcome: code, Conversation: a.Conversation, Seq: at.Seq, Ord: at.Ord, Time: at.At})
	return nil
}
