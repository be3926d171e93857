// Package witness keeps, in the accounts' database, up to where chat's store was
// seen to have decided the log. Store and log put back together from an old copy
// go with each other: only what lies elsewhere contradicts them.
//
// What is kept is a lower bound, written now and then and never on the way of a
// message, of what was on disk when it was read: a crash or a power cut never
// leaves it ahead. The table is package account's. All functions may be called
// concurrently, by several gateways too.
package witness

import (
	"context"

	"github.com/chatctl/chatctl/server/store"
)

// One text for SQLite, CockroachDB and PostgreSQL.
const (
	places = `SELECT topic, part, log_id, pos FROM witness ORDER BY topic, part`
	keep   = `INSERT INTO witness (topic, part, log_id, pos) VALUES ($1, $2, $3, $4)
		ON CONFLICT (topic, part) DO UPDATE SET log_id = excluded.log_id, pos = excluded.pos
		WHERE witness.log_id <> excluded.log_id OR witness.pos < excluded.pos`
	forget = `DELETE FROM witness`
)

// Place is up to where a partition of a log was decided.
type Place struct {
	Topic     string
	Partition int
	LogID     string // names the incarnation of the log
	Pos       int64
}

// Read tells what was seen.
func Read(ctx context.Context, accounts store.DB) (seen []Place, err error) {
	err = accounts.Read(ctx, func(tx store.Tx) error {
		seen = nil
		return tx.Each(places, func(r store.Row) error {
			var p Place
			err := r.Scan(&p.Topic, &p.Partition, &p.LogID, &p.Pos)
			seen = append(seen, p)
			return err
		})
	})
	return seen, err
}

// Keep notes what is seen. Another gateway may have seen more, which stays.
func Keep(ctx context.Context, accounts store.DB, seen []Place) error {
	return accounts.InTx(ctx, func(tx store.Tx) error {
		for _, p := range seen {
			if _, err := tx.Exec(keep, p.Topic, p.Partition, p.LogID, p.Pos); err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget lets any store of chat's be taken: it was restored, or its loss was accepted.
func Forget(tx store.Tx) error {
	_, err := tx.Exec(forget)
	return err
}
