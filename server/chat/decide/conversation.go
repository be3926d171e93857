package decide

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
)

// conversation is a conversation as it stands in the transaction.
type conversation struct {
	kind    api.ConversationKind
	history api.History
	a, b    api.UserID // of a direct one
	members int64
}

// other is the one of a direct conversation's two people that p is not.
func (c *conversation) other(p api.UserID) api.UserID {
	if p == c.a {
		return c.b
	}
	return c.a
}

// conversation reads a conversation; nil when there is none.
func (r *Run) conversation(id api.ConversationID) (*conversation, error) {
	c := &conversation{}
	err := r.tx.Row(conversationNow, id[:]).Scan(&c.kind, &c.history, &c.a, &c.b, &c.members)
	if errors.Is(err, store.ErrNoRow) {
		return nil, nil
	}
	return c, err
}

// seated is a person's membership.
type seated struct {
	member  api.MemberID
	role    api.Role
	present bool
}

// seat reads a person's membership; the zero one when there never was any.
func (r *Run) seat(c api.ConversationID, p api.UserID) (s seated, err error) {
	err = r.tx.Row(seatNow, c[:], p[:]).Scan(&s.member, &s.role, &s.present)
	if errors.Is(err, store.ErrNoRow) {
		return seated{}, nil
	}
	return s, err
}

// sender says why an action is refused for who asks it (promises, R): the
// account, or the session that it came from. The server itself has no session.
func (r *Run) sender(e *topic.Envelope) (api.Reason, error) {
	var suspended, deleted bool
	var notBefore, revoked int64
	err := r.tx.Row(standingNow, e.Sender[:], e.Session[:]).Scan(&suspended, &deleted, &notBefore, &revoked)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return api.ReasonSignedOut, nil
	case err != nil:
		return "", err
	case suspended || deleted:
		return api.ReasonSuspended, nil
	case !e.Session.IsZero() && (revoked > 0 || e.Since < notBefore):
		return api.ReasonSignedOut, nil
	}
	return "", nil
}

// available tells whether p can be reached by who asks: known, not suspended,
// not deleted, not blocking them, and somebody else. Which of these it was is
// not told (promises, rule 17).
func (r *Run) available(who, p api.UserID) (bool, error) {
	var suspended, deleted bool
	var notBefore, revoked int64
	err := r.tx.Row(standingNow, p[:], []byte{}).Scan(&suspended, &deleted, &notBefore, &revoked)
	if errors.Is(err, store.ErrNoRow) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	blocks, err := r.blocks(p, who)
	return !suspended && !deleted && !blocks && p != who, err
}

// join lets a person into a conversation from its entry first on, with the
// marks at read, and raises their version.
func (r *Run) join(c api.ConversationID, p api.UserID, role api.Role, nth int64, read place, first int64) (api.MemberID, error) {
	version, err := r.raise(p)
	if err != nil {
		return api.MemberID{}, err
	}
	if r.rules.Faults.JoiningReadsNothing {
		read = place{}
	}
	m := api.NewMemberID()
	err = r.tx.Row(join, c[:], p[:], m[:], string(role), nth, read.seq, read.ord, version).Scan(&m)
	if err == nil {
		_, err = r.tx.Exec(openInterval, c[:], p[:], first)
	}
	return m, err
}

// leave ends a person's membership with the entry at a place.
func (r *Run) leave(c api.ConversationID, p api.UserID, at place) error {
	version, err := r.raise(p)
	if err != nil {
		return err
	}
	if _, err := r.tx.Exec(depart, c[:], p[:], at.seq, at.ord, int64(at.at), version); err != nil || r.rules.Faults.LeavingEndsNothing {
		return err
	}
	_, err = r.tx.Exec(closeInterval, c[:], p[:], at.seq)
	return err
}

// take takes the place of an entry that changes the membership by delta people,
// and counts who ever joined.
func (r *Run) take(c api.ConversationID, delta int64) (at place, joins int64, err error) {
	err = r.tx.Row(takePlace, c[:], int64(r.now), r.batch.Number, delta, max(delta, 0)).Scan(&at.seq, &at.ord, &at.at, &joins)
	return at, joins, err
}

// change writes the entry of a change of membership.
func (r *Run) change(e *topic.Envelope, at place, p api.UserID, body api.MemberBody) error {
	var changes []topic.MemberChange
	if body.Change != api.Ranked { // who has another role stays in the room
		changes = []topic.MemberChange{{Person: p, Joined: body.Change == api.Added}}
	}
	return r.entry(e, api.EntryMember, at, api.Encode(&body), read.Changed[body.Change], changes)
}
