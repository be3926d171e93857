// Package content tells what an accounts' database holds and whether it is
// whole. Backups are made and checked with it.
//
// It reads one snapshot at a time and changes nothing. All functions may be
// called concurrently, on a database in use and on a copy of one, also of an
// earlier schema.
package content

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// One text for SQLite, CockroachDB and PostgreSQL, of columns of the first schema only.
const (
	schema = `SELECT MAX(version) FROM schema_version`
	counts = `SELECT (SELECT COUNT(*) FROM accounts), (SELECT COUNT(*) FROM handles), (SELECT COUNT(*) FROM grants),
  (SELECT COUNT(*) FROM sessions), (SELECT COUNT(*) FROM audit)`
	number  = `SELECT COUNT(*) FROM accounts`
	erased  = `SELECT user_id, deleted FROM accounts WHERE deleted <> 0 AND user_id > $1 ORDER BY user_id LIMIT $2`
	exists  = `SELECT COUNT(*) FROM accounts WHERE user_id = $1`
	tell    = `SELECT COUNT(*), COALESCE(SUM(version), 0), (SELECT COUNT(*) FROM to_publish) FROM accounts`
	between = `SELECT user_id, version FROM accounts WHERE user_id > $1 AND user_id <= $2`
	noGiven = `SELECT COUNT(*) FROM accounts a WHERE deleted = 0 AND NOT EXISTS (SELECT 1 FROM handles h WHERE h.handle = a.handle)`
	nobodys = `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.user_id = s.user_id)`
)

// Content is what a database holds.
type Content struct {
	Schema int64  `json:"schema"` // its last step
	Counts Counts `json:"counts"`
}

// Counts are numbers of rows.
type Counts struct {
	Accounts int64 `json:"accounts"` // erased ones included
	Handles  int64 `json:"handles"`  // that were ever given out
	Grants   int64 `json:"grants"`
	Sessions int64 `json:"sessions"`
	Audit    int64 `json:"audit"`
}

// Read counts what db holds.
func Read(ctx context.Context, db store.DB) (c Content, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		if err := tx.Row(schema).Scan(&c.Schema); err != nil {
			return err
		}
		n := &c.Counts
		return tx.Row(counts).Scan(&n.Accounts, &n.Handles, &n.Grants, &n.Sessions, &n.Audit)
	})
	return c, err
}

// Number is how many accounts there are.
func Number(ctx context.Context, db store.DB) (n int64, err error) {
	err = db.Read(ctx, func(tx store.Tx) error { return tx.Row(number).Scan(&n) })
	return n, err
}

// ErasedAfter lists erased accounts by ascending user id, after one.
func ErasedAfter(ctx context.Context, db store.DB, after api.UserID, limit int) (list []api.Erased, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		list = nil
		return tx.Each(erased, func(r store.Row) error {
			var e api.Erased
			err := r.Scan(&e.User, &e.Time)
			list = append(list, e)
			return err
		}, after, limit)
	})
	return list, err
}

// Knows hands fn a function that tells whether an account exists, on one snapshot.
func Knows(ctx context.Context, db store.DB, fn func(has func(api.UserID) (bool, error)) error) error {
	return db.Read(ctx, func(tx store.Tx) error {
		return fn(func(u api.UserID) (bool, error) {
			var n int64
			err := tx.Row(exists, u).Scan(&n)
			return n > 0, err
		})
	})
}

// Versions are those of the accounts between two user ids: after the first, up to the last.
func Versions(ctx context.Context, db store.DB, after, last api.UserID) (versions map[api.UserID]int64, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		versions = map[api.UserID]int64{}
		return tx.Each(between, func(r store.Row) error {
			var u api.UserID
			var version int64
			err := r.Scan(&u, &version)
			versions[u] = version
			return err
		}, after, last)
	})
	return versions, err
}

// Tell is how many accounts there are, the sum of their versions, and how many
// chat has yet to be told of.
func Tell(ctx context.Context, db store.DB) (n, versions, waiting int64, err error) {
	err = db.Read(ctx, func(tx store.Tx) error { return tx.Row(tell).Scan(&n, &versions, &waiting) })
	return n, versions, waiting, err
}

// Whole reports what must be so and is not.
func Whole(ctx context.Context, db store.DB) error {
	return db.Read(ctx, func(tx store.Tx) error {
		var errs []error
		for _, r := range []struct{ what, broken string }{
			{"accounts have a handle that was not given out", noGiven},
			{"sessions are of no account", nobodys},
		} {
			var n int64
			if err := tx.Row(r.broken).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				errs = append(errs, fmt.Errorf("%d %s", n, r.what))
			}
		}
		return errors.Join(errs...)
	})
}
