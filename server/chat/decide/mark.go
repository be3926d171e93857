package decide

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/store"
)

// readOwn counts the batch's messages as read by who sent them: one statement a
// sender and conversation, without a new version, since a session that sees its
// message knows it.
func (r *Run) readOwn() error {
	for s, at := range r.own {
		if _, err := r.tx.Exec(ownRead, s.conversation[:], s.person[:], at.Seq, at.Ord); err != nil {
			return err
		}
	}
	return nil
}

// marks is where a member's marks stand.
type marks struct {
	member              api.MemberID
	present             bool
	read, ord, received int64
	limit               int64 // the last seq that the member may see
	members             int64 // of the conversation
}

// mark moves a member's marks: clamped to what they may see, merged by max
// (wire, State). One of somebody who never was a member is nothing.
func (r *Run) mark(m *topic.Mark) error {
	var now marks
	err := r.tx.Row(marksNow, m.Conversation[:], m.Person[:]).
		Scan(&now.member, &now.present, &now.read, &now.ord, &now.received, &now.limit, &now.members)
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	if err != nil {
		return err
	}
	was := now
	now.read, now.received = min(m.Read, now.limit), min(m.Received, now.limit)
	if !r.rules.Faults.MarksGoBack || m.Read == 0 {
		now.read = max(now.read, was.read, r.own[seat{m.Conversation, m.Person}].Seq)
		now.received = max(now.received, was.received)
	}
	now.received = max(now.received, now.read)
	if now.read == was.read && now.received == was.received {
		return nil
	}
	if now.read != was.read {
		if err := r.tx.Row(ordAt, m.Conversation[:], now.read).Scan(&now.ord); err != nil {
			return err
		}
	}
	version, err := r.members.Raise(m.Person)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(setMarks, m.Conversation[:], m.Person[:], now.read, now.ord, now.received, version)
	if err == nil && now.present && now.members <= api.MaxMarksShown {
		r.news.Marks(m.Conversation, now.member, now.received, now.read)
	}
	return err
}
