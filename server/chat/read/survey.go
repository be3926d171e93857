package read

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Conversations lists the conversations that f keeps by ascending id after one,
// for administrators.
func (r *Reader) Conversations(ctx context.Context, f api.ConversationFilter, after api.ConversationID, limit int) (cs []api.Conversation, err error) {
	query, args := conversations, []any{after[:], limit, string(f.Kind), f.Name}
	if !f.Member.IsZero() {
		query, args = conversationsOf, append(args, f.Member[:])
	}
	err = r.db.Read(ctx, func(tx store.Tx) error {
		cs = nil
		return tx.Each(query, func(row store.Row) error {
			c, err := scanConversation(row)
			cs = append(cs, c)
			return err
		}, args...)
	})
	return cs, err
}

// Conversation is one of them; a Problem not_found when it is not there.
func (r *Reader) Conversation(ctx context.Context, id api.ConversationID) (c api.Conversation, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) (err error) {
		c, err = scanConversation(tx.Row(conversation, id[:]))
		return err
	})
	if errors.Is(err, store.ErrNoRow) {
		err = api.NewProblem("not_found", "there is no such conversation")
	}
	return c, err
}

// Seats lists all who are or were in a conversation, by ascending member id
// after one, for administrators.
func (r *Reader) Seats(ctx context.Context, id api.ConversationID, after api.MemberID, limit int) (seats []api.Seat, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		seats = nil
		return tx.Each(seatsOf, func(row store.Row) error {
			s := api.Seat{Membership: api.Gone}
			var present bool
			err := row.Scan(&s.Member, &s.User, &s.Handle, &s.Role, &present, &s.JoinedSeq, &s.ReadSeq, &s.ReceivedSeq)
			if present {
				s.Membership = api.Present
			}
			seats = append(seats, s)
			return err
		}, id[:], after[:], limit)
	})
	return seats, err
}

func scanConversation(row store.Row) (c api.Conversation, err error) {
	var a, b string
	err = row.Scan(&c.Conversation, &c.Kind, &c.Name, &c.History, &a, &b, &c.Members, &c.Entries, &c.Messages, &c.LastTime)
	if c.People = []string{}; c.Kind == api.Direct {
		c.People = append(c.People, min(a, b), max(a, b))
	}
	return c, err
}
