package read

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/frame"
	"github.com/chatctl/chatctl/server/store"
)

// RoomEntries are the entries of a conversation after a seq, ascending, as live
// items with their frames and changes of membership. It is for a gateway's room,
// which knows who may see them; nobody's right is checked here.
func (r *Reader) RoomEntries(ctx context.Context, c api.ConversationID, after int64, limit int) (items []topic.Live, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		items = nil
		var es []api.Entry
		err := tx.Each(entriesUp, func(row store.Row) error {
			e, err := scanEntry(row, c)
			es = append(es, e)
			return err
		}, c[:], after, Open, limit)
		if err != nil {
			return err
		}
		for i := range es {
			changes, err := Changes(tx, &es[i])
			if err != nil {
				return err
			}
			items = append(items, frame.Live(nil, &es[i], changes))
		}
		return nil
	})
	return items, err
}

// LastSeqs is where conversations stand; unknown ones are left out.
func (r *Reader) LastSeqs(ctx context.Context, cs []api.ConversationID) (map[api.ConversationID]int64, error) {
	m := make(map[api.ConversationID]int64, len(cs))
	err := r.db.Read(ctx, func(tx store.Tx) error {
		for _, c := range cs {
			var seq int64
			switch err := tx.Row(lastSeq, c[:]).Scan(&seq); {
			case err == nil:
				m[c] = seq
			case !errors.Is(err, store.ErrNoRow):
				return err
			}
		}
		return nil
	})
	return m, err
}

// Changes tells who comes into or out of the room with an entry: the first
// entry of a conversation brings its first members, a change of membership one
// person, and one of a role nobody.
func Changes(tx store.Tx, e *api.Entry) ([]topic.MemberChange, error) {
	switch {
	case e.Kind == api.EntryCreate:
		body, err := api.DecodeTolerant[api.CreateBody](e.Body)
		if err != nil {
			return nil, err
		}
		return who(tx, e.Conversation, true, body.Members...)
	case e.Kind == api.EntryMember:
		body, err := api.DecodeTolerant[api.MemberBody](e.Body)
		if err != nil || body.Change == api.Ranked {
			return nil, err
		}
		return who(tx, e.Conversation, body.Change == api.Added, body.Member)
	case e.Kind == api.EntryErase:
		body, err := api.DecodeTolerant[api.EraseBody](e.Body)
		if err != nil || !body.Left {
			return nil, err
		}
		return who(tx, e.Conversation, false, body.Member)
	case e.Seq == 1:
		return both(tx, e.Conversation)
	}
	return nil, nil
}

// who are the people of some members, who all join or all do not.
func who(tx store.Tx, c api.ConversationID, joined bool, ms ...api.MemberID) (changes []topic.MemberChange, err error) {
	for _, m := range ms {
		one := topic.MemberChange{Joined: joined}
		if err := tx.Row(personOf, c[:], m[:]).Scan(&one.Person); err != nil {
			return nil, err
		}
		changes = append(changes, one)
	}
	return changes, nil
}

// both are the people of a direct conversation, whom its first message brings in.
func both(tx store.Tx, c api.ConversationID) (changes []topic.MemberChange, err error) {
	err = tx.Each(directPeople, func(row store.Row) error {
		m := topic.MemberChange{Joined: true}
		err := row.Scan(&m.Person)
		changes = append(changes, m)
		return err
	}, c[:])
	return changes, err
}

// Members lists who is in a conversation, by ascending member id after the
// given one, and who was while the reader could see it. One who left gets them
// as they stood then, without marks.
func (r *Reader) Members(ctx context.Context, user api.UserID, c api.ConversationID, after api.MemberID, limit int) (ms []api.Member, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		ms = nil
		v, err := look(tx, user, c)
		if err != nil {
			return err
		}
		upto := Open - 1
		if !v.present {
			upto = v.end
		}
		return tx.Each(membersOf, func(row store.Row) error {
			var m api.Member
			var there bool
			var of int64
			err := row.Scan(&m.Member, &m.Handle, &m.Role, &there, &m.ReadSeq, &m.ReceivedSeq, &of)
			if !v.present || of > api.MaxMarksShown {
				m.ReadSeq, m.ReceivedSeq = 0, 0
			}
			if m.Membership = api.Gone; there {
				m.Membership = api.Present
			}
			if !v.present {
				m.Role = api.Plain // who owns it now is not theirs to know
			}
			ms = append(ms, m)
			return err
		}, c[:], after[:], limit, upto, user[:])
	})
	return ms, err
}
