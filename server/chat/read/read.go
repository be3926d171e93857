// Package read is what may be read of chat's tables: heads, pages of the log,
// members, blocks, outcomes. It applies the intervals of membership (wire, "What
// a member may read"), so that its callers cannot show too much, and changes
// nothing. What a reader may not see is answered as what is not there.
//
// A Reader's methods each read one snapshot and may be called concurrently. The
// functions that take a store.Tx serve chat's own transactions.
package read

import (
	"context"
	"errors"
	"math"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Open is where an interval ends that has not ended: above every seq (wire: numbers stay below 2^53).
const Open = int64(1<<53 - 1)

// Reader answers the gateway's reads.
type Reader struct {
	db store.DB
}

// New returns a Reader on chat's database.
func New(db store.DB) *Reader { return &Reader{db: db} }

// Epoch is the incarnation of the store (promises, rule 22).
func (r *Reader) Epoch(ctx context.Context) (e api.Epoch, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error { return tx.Row(epoch).Scan(&e) })
	return e, err
}

// Version is the person's version, 0 for one of whom nothing changed yet.
func (r *Reader) Version(ctx context.Context, user api.UserID) (v int64, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) (err error) {
		v, err = Version(tx, user)
		return err
	})
	return v, err
}

// Versions is Version of many at once.
func (r *Reader) Versions(ctx context.Context, users []api.UserID) (map[api.UserID]int64, error) {
	m := make(map[api.UserID]int64, len(users))
	err := r.db.Read(ctx, func(tx store.Tx) (err error) {
		for _, u := range users {
			if m[u], err = Version(tx, u); err != nil {
				return err
			}
		}
		return nil
	})
	return m, err
}

// Version is Reader.Version inside a transaction.
func Version(tx store.Tx, user api.UserID) (v int64, err error) {
	return zero(tx.Row(personVersion, user[:]))
}

// Standing is the version of the account's standing that chat has applied, 0 for none.
func (r *Reader) Standing(ctx context.Context, user api.UserID) (v int64, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) (err error) {
		v, err = Standing(tx, user)
		return err
	})
	return v, err
}

// Standing is Reader.Standing inside a transaction.
func Standing(tx store.Tx, user api.UserID) (v int64, err error) {
	return zero(tx.Row(standingVersion, user[:]))
}

// zero scans a number that is 0 where there is no row.
func zero(row store.Row) (n int64, err error) {
	if err = row.Scan(&n); errors.Is(err, store.ErrNoRow) {
		return 0, nil
	}
	return n, err
}

// Heads lists the person's conversations by ascending id after the given one, those that were left included.
func (r *Reader) Heads(ctx context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error) {
	return r.heads(ctx, heads, user[:], after[:], limit)
}

// Head is one of them.
func (r *Reader) Head(ctx context.Context, user api.UserID, c api.ConversationID) (api.Head, error) {
	hs, err := r.heads(ctx, head, user[:], c[:], 1)
	switch {
	case err != nil:
		return api.Head{}, err
	case len(hs) == 0:
		return api.Head{}, api.NewProblem("not_found", "")
	}
	return hs[0], nil
}

func (r *Reader) heads(ctx context.Context, query string, user, c []byte, limit int) (hs []api.Head, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		hs = nil
		return tx.Each(query, func(row store.Row) error {
			h, _, err := scanHead(row)
			hs = append(hs, h)
			return err
		}, user, c, limit)
	})
	return hs, err
}

func scanHead(row store.Row) (h api.Head, version int64, err error) {
	var present bool
	var endSeq, endOrd int64
	var endAt api.Time
	err = row.Scan(&h.Conversation, &h.Kind, &h.Name, &h.Peer, &h.LastSeq, &h.LastOrd, &h.LastTime,
		&h.ReadSeq, &h.ReadOrd, &h.ReceivedSeq, &h.Mentions, &h.Me, &h.Role, &present, &endSeq, &endOrd, &endAt, &version)
	h.Membership = api.Present
	if !present {
		h.Membership = api.Gone
		h.LastSeq, h.LastOrd, h.LastTime = endSeq, endOrd, endAt
	}
	return h, version, err
}

// Changes are the heads and blocks whose row was changed above a version, at
// most limit of each. Version is where to go on: what lies between it and the
// person's own is still to be asked for.
func (r *Reader) Changes(ctx context.Context, user api.UserID, after int64, limit int) (ch api.Changes, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) (err error) {
		ch = api.Changes{}
		if ch.Version, err = Version(tx, user); err != nil {
			return err
		}
		upto := int64(math.MaxInt64) // the last version of a list that was cut
		err = tx.Each(headsChanged, func(row store.Row) error {
			h, v, err := scanHead(row)
			if ch.Heads = append(ch.Heads, h); len(ch.Heads) == limit {
				upto = min(upto, v)
			}
			return err
		}, user[:], after, limit)
		if err != nil {
			return err
		}
		n := 0 // blocks of people whom nobody knows have no handle, but count
		err = tx.Each(blocksChanged, func(row store.Row) error {
			var b api.Block
			var v int64
			err := row.Scan(&b.Handle, &b.Active, &v)
			if n++; n == limit {
				upto = min(upto, v)
			}
			if b.Handle != "" {
				ch.Blocks = append(ch.Blocks, b)
			}
			return err
		}, user[:], after, limit)
		ch.Version = min(ch.Version, upto)
		return err
	})
	return ch, err
}

// Blocks lists whom the person blocks, by ascending handle after the given one.
func (r *Reader) Blocks(ctx context.Context, user api.UserID, after string, limit int) (bs []api.Block, err error) {
	err = r.db.Read(ctx, func(tx store.Tx) error {
		bs = nil
		return tx.Each(blocksActive, func(row store.Row) error {
			b := api.Block{Active: true}
			err := row.Scan(&b.Handle)
			bs = append(bs, b)
			return err
		}, user[:], after, limit)
	})
	return bs, err
}
