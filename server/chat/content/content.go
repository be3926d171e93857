// Package content tells what a store of chat holds and whether it is whole: how
// many rows, where its logs stand, and whether what must be dense is dense
// (promises, "Invariants"). Backups are made and checked with it.
//
// It reads one snapshot at a time and changes nothing. All functions may be
// called concurrently, on a store in use and on a copy of one, also of an
// earlier schema.
package content

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Content is what a store holds.
type Content struct {
	Schema    int64      `json:"schema"` // its last step
	Epoch     api.Epoch  `json:"epoch"`
	Positions []Position `json:"positions"`
	Counts    Counts     `json:"counts"`
}

// Position is where a partition of a log stands.
type Position struct {
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	LogID     string `json:"log_id"`
	Pos       int64  `json:"pos"`
	Published int64  `json:"published"`
}

// Counts are numbers of rows.
type Counts struct {
	Conversations int64 `json:"conversations"`
	Members       int64 `json:"members"` // those who left included
	Entries       int64 `json:"entries"`
	Messages      int64 `json:"messages"` // deleted ones included
	Outcomes      int64 `json:"outcomes"` // that are no entry
	Held          int64 `json:"held"`
	Blocks        int64 `json:"blocks"`
	Accounts      int64 `json:"accounts"` // that chat has been told of
}

// Read counts what db holds.
func Read(ctx context.Context, db store.DB) (c Content, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		c = Content{}
		if err := tx.Row(schema).Scan(&c.Schema); err != nil {
			return err
		}
		if err := tx.Row(epoch).Scan(&c.Epoch); err != nil {
			return err
		}
		if c.Positions, err = readPositions(tx); err != nil {
			return err
		}
		n := &c.Counts
		return tx.Row(counts).Scan(&n.Conversations, &n.Members, &n.Entries, &n.Messages, &n.Outcomes, &n.Held, &n.Blocks, &n.Accounts)
	})
	return c, err
}

// Positions tells where the partitions stand in their newest logs.
func Positions(ctx context.Context, db store.DB) (list []Position, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		list, err = readPositions(tx)
		return err
	})
	return list, err
}

func readPositions(tx store.Tx) (list []Position, err error) {
	err = tx.Each(positions, func(r store.Row) error {
		var p Position
		err := r.Scan(&p.Topic, &p.Partition, &p.LogID, &p.Pos, &p.Published)
		list = append(list, p)
		return err
	})
	return list, err
}

// Decided tells up to where a partition of a log, the newest or one before, was
// decided; found is false where db knows nothing of it.
func Decided(ctx context.Context, db store.DB, topic string, partition int, logID string) (pos int64, found bool, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		err := tx.Row(decided, topic, partition, logID).Scan(&pos)
		if found = err == nil; errors.Is(err, store.ErrNoRow) {
			return nil
		}
		return err
	})
	return pos, found, err
}

// Totals are read in one go over the conversations, not over what is in them.
type Totals struct{ Conversations, Entries, Messages, Held int64 }

// Sum tells the totals of a store in use.
func Sum(ctx context.Context, db store.DB) (t Totals, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		return tx.Row(totals).Scan(&t.Conversations, &t.Entries, &t.Messages, &t.Held)
	})
	return t, err
}

// Persons calls fn for everybody whom a row of db names, in no order, some more than once.
func Persons(ctx context.Context, db store.DB, fn func(api.UserID) error) error {
	return db.Read(ctx, func(tx store.Tx) error {
		return tx.Each(persons, func(r store.Row) error {
			var u api.UserID
			if err := r.Scan(&u); err != nil {
				return err
			}
			return fn(u)
		})
	})
}

// Standings tells which version of each account's standing chat has applied, in
// pages by ascending user id after one; last is where the next page begins.
func Standings(ctx context.Context, db store.DB, after api.UserID, limit int) (known map[api.UserID]int64, last api.UserID, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		known, last = make(map[api.UserID]int64, limit), after
		return tx.Each(standings, func(r store.Row) error {
			var version int64
			err := r.Scan(&last, &version)
			known[last] = version
			return err
		}, after, limit)
	})
	return known, last, err
}

// Told is how many accounts chat knows, and the sum of the versions it has applied.
func Told(ctx context.Context, db store.DB) (n, versions int64, err error) {
	err = db.Read(ctx, func(tx store.Tx) error { return tx.Row(told).Scan(&n, &versions) })
	return n, versions, err
}

// Whole reports what must be so and is not.
func Whole(ctx context.Context, db store.DB) error {
	return db.Read(ctx, func(tx store.Tx) error {
		var errs []error
		var step int64
		if err := tx.Row(schema).Scan(&step); err != nil {
			return err
		}
		for _, r := range rules {
			query := r.broken
			if step >= removalsSince {
				query += r.but
			}
			var n int64
			if err := tx.Row(query).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				errs = append(errs, fmt.Errorf("%d %s", n, r.what))
			}
		}
		if err := dense(tx); err != nil {
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	})
}

// dense walks every conversation's log: seq is 1, 2, 3 … up to the last that the
// conversation says, ord counts its messages.
func dense(tx store.Tx) error {
	var at api.ConversationID
	var seq, ord, lastSeq, lastOrd int64
	ends := func() error {
		if seq != lastSeq || ord != lastOrd {
			return fmt.Errorf("conversation %s ends at seq %d, ord %d, and says %d, %d", at, seq, ord, lastSeq, lastOrd)
		}
		return nil
	}
	err := tx.Each(log, func(r store.Row) error {
		var c api.ConversationID
		var s, o, ls, lo int64
		var kind api.EntryKind
		if err := r.Scan(&c, &s, &o, &kind, &ls, &lo); err != nil {
			return err
		}
		if c != at {
			if err := ends(); err != nil {
				return err
			}
			at, seq, ord, lastSeq, lastOrd = c, 0, 0, ls, lo
		}
		seq++
		if kind == api.EntryMessage {
			ord++
		}
		if s != seq || o != ord {
			return fmt.Errorf("conversation %s has seq %d, ord %d where %d, %d belong", c, s, o, seq, ord)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return ends()
}
