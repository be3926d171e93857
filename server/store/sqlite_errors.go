package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// classify gives an error of SQLite the class that decides what is done about
// it (promises, rules 7, 9 and 20). Any other error stays as it is.
func classify(err error) error {
	if class := classOf(codeOf(err)); class != nil {
		return fmt.Errorf("%w: %w", class, err)
	}
	return err
}

func classOf(code int) error {
	switch code { // extended codes that say something else than their family
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return ErrUnique
	case sqlite3.SQLITE_IOERR_NOMEM:
		return nil
	case sqlite3.SQLITE_IOERR_SHMSIZE:
		// The index of the WAL could not grow. It is rebuilt at each start and
		// holds nothing durable; on a disk that is sound, the disk is full.
		return ErrFull
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_SCHEMA:
		return ErrTransient
	case sqlite3.SQLITE_FULL:
		return ErrFull
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
		sqlite3.SQLITE_CANTOPEN:
		return ErrBroken
	}
	return nil
}

// isPlain reports SQLite's error of no special kind, such as ROLLBACK where no
// transaction is.
func isPlain(err error) bool { return codeOf(err) == sqlite3.SQLITE_ERROR }

// isReadOnly reports a write that was refused.
func isReadOnly(err error) bool { return codeOf(err)&0xff == sqlite3.SQLITE_READONLY }

func codeOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return sqlite3.SQLITE_OK
}
