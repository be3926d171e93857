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
// entry of a conversation brings those whose interval it begins, a change of
// membership one person.
func Changes(tx store.Tx, e *api.Entry) (changes []topic.MemberChange, err error) {
	if e.Seq == 1 {
		err = tx.Each(firstMembers, func(row store.Row) error {
			m := topic.MemberChange{Joined: true}
			err := row.Scan(&m.Person)
			changes = append(changes, m)
			return err
		}, e.Conversation[:])
		return changes, err
	}
	if e.Kind != api.EntryMember {
		return nil, nil
	}
	body, err := api.DecodeTolerant[api.MemberBody](e.Body)
	if err != nil {
		return nil, err
	}
	m := topic.MemberChange{Joined: body.Change == api.Added}
	err = tx.Row(personOf, e.Conversation[:], body.Member[:]).Scan(&m.Person)
	return []topic.MemberChange{m}, err
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
		}, c[:], after[:], limit, upto, v.spans[0].From)
	})
	return ms, err
}
