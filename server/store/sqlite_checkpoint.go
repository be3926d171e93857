package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

const (
	walPages    = 4_000        // 16 MiB: a checkpoint follows the commit that reaches it (measured, A)
	walTooLarge = 4 * walPages // 64 MiB: readers kept it from starting over; they are made to wait
	walPatience = time.Second
	walKept     = "33554432" // bytes

	count    = "PRAGMA wal_checkpoint(NOOP)"
	passive  = "PRAGMA wal_checkpoint(PASSIVE)"
	truncate = "PRAGMA wal_checkpoint(TRUNCATE)"
)

// checkpointer moves the WAL's pages to the database. SQLite would do it by
// itself after a COMMIT, but forgets the errors of that, a failed fsync too;
// rule 20 wants to know them.
type checkpointer struct {
	conn  *conn
	large int64 // pages from which readers are made to wait
}

// run does one checkpoint and tells how many pages the WAL holds.
func (p *checkpointer) run(how string) (pages int64, err error) {
	values, err := p.conn.row(how)
	if err != nil {
		return 0, err
	}
	return pagesOf(values)
}

func pagesOf(values []driver.Value) (int64, error) {
	if len(values) == 3 {
		if n, ok := values[1].(int64); ok {
			return n, nil
		}
	}
	return 0, fmt.Errorf("wal_checkpoint answered %v", values)
}

// checkpoint follows a commit and is called by who holds the writer. That
// commit stands whatever happens here: an error that breaks the store is kept
// for the next caller (conn.fail), after any other the next commit tries again.
func (db *sqliteDB) checkpoint() {
	pages, err := db.wal.run(count)
	if err != nil || pages < walPages {
		return
	}
	if pages, err = db.wal.run(passive); err != nil || pages < db.wal.large || db.copying.Load() > 0 {
		return // a copy under way reads from the WAL: after it
	}
	db.wal.large = pages + walTooLarge // one slow reader is not waited for at each commit
	db.alone(func() {
		if _, err := db.wal.run(truncate); err == nil {
			db.wal.large = walTooLarge
		}
	})
}

// alone runs fn while nobody reads, unless a reader takes too long.
func (db *sqliteDB) alone(fn func()) {
	patience := time.NewTimer(walPatience)
	defer patience.Stop()
	var held []*conn
	defer func() {
		for _, r := range held {
			db.readers <- r
		}
	}()
	for range db.nread {
		select {
		case r := <-db.readers:
			held = append(held, r)
		case <-patience.C:
			return
		}
	}
	fn()
}
