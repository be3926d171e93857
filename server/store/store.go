// Package store runs transactions on a SQL database: embedded SQLite here,
// CockroachDB and PostgreSQL on the same contract. Each service's statements lie
// in that service; this package knows none.
//
// Correctness of the services rests on fence rows, unique constraints and
// guarded updates, and holds under READ COMMITTED. A function given to InTx may
// run more than once: it assigns, never appends.
package store

import (
	"context"
	"errors"
)

// DB is one service's database. All methods may be called concurrently.
type DB interface {
	// InTx runs fn in a read-write transaction and commits it. Once it returns
	// nil, what fn did is durable. After ErrUnknown the commit may have happened.
	// A conflict is retried here; an error of fn rolls back and is returned as it
	// is, a panic of fn rolls back and goes on. fn calls no method of the DB.
	InTx(ctx context.Context, fn func(Tx) error) error
	// Read runs fn on one read-only snapshot.
	Read(ctx context.Context, fn func(Tx) error) error
	Close() error
}

// Tx is a transaction. Statements use $1, $2 …; each text is prepared once and
// kept, so texts are constants. It must not be used after its function returned,
// nor by two goroutines. A statement that fails, other than with ErrNoRow, dooms
// the transaction: later statements and InTx return its error.
type Tx interface {
	// Exec tells how many rows changed.
	Exec(query string, args ...any) (int64, error)
	// Row scans the one row of query into what its Scan is given; ErrNoRow when there is none.
	Row(query string, args ...any) Row
	// Each calls scan for every row; an error of scan ends it and is returned as
	// it is. scan runs no statement.
	Each(query string, scan func(Row) error, args ...any) error
}

// Row is a row to be scanned.
type Row interface {
	// Scan copies the columns to dest: pointers to []byte, string, bool, numbers
	// and types made of them, pointers to such pointers where a column may be
	// NULL, and sql.Scanner. What it copied belongs to the caller.
	Scan(dest ...any) error
}

// ErrNoRow: Row found none.
var ErrNoRow = errors.New("no row")

// ErrUnique: a unique constraint was violated.
var ErrUnique = errors.New("unique constraint")

// ErrTransient: the database is away, busy or asks to try again; nothing was
// committed, or it is not known (then also ErrUnknown).
var ErrTransient = errors.New("database is not available now")

// ErrUnknown: the connection was lost inside COMMIT; run again with the same keys (promises, rule 8).
var ErrUnknown = errors.New("it is unknown whether the transaction was committed")

// ErrFull: no space was left; nothing was committed (promises, rule 9).
var ErrFull = errors.New("database storage is full")

// ErrBroken: reading or syncing failed; what is on disk is not known any more and the process must end (promises, rule 20).
var ErrBroken = errors.New("database storage failed")

// Transient reports whether the same transaction can succeed later, with
// nothing changed but the world: the database is away or full, or it is not
// known what became of the transaction (promises, rules 7, 8 and 9).
func Transient(err error) bool {
	return errors.Is(err, ErrTransient) || errors.Is(err, ErrUnknown) || errors.Is(err, ErrFull)
}
