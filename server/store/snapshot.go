package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"
)

// vacuumInto copies what one read transaction sees into another file, page by
// page, without what was deleted.
const vacuumInto = "VACUUM INTO $1"

// ErrNoSnapshot: this engine writes no copy of itself; it has its own means.
var ErrNoSnapshot = errors.New("this database makes its own backups")

// Snapshot writes db as it is at one moment to the new file at path, mode 0600,
// while it is read and written: nobody waits for it. The file is a database of
// its own without a journal, and is not synced. An error leaves a file that is
// of no use, and says nothing of db: ErrFull is the disk of path.
func Snapshot(ctx context.Context, db DB, path string) error {
	s, ok := db.(interface {
		snapshot(ctx context.Context, path string) error
	})
	if !ok {
		return ErrNoSnapshot
	}
	if err := s.snapshot(ctx, path); err != nil {
		return fmt.Errorf("copying a database to %s: %w", path, err)
	}
	return nil
}

// snapshot uses a connection of its own, so that no reader is taken from those
// who answer requests, and a latch of its own: what goes wrong may be the other disk's.
func (db *sqliteDB) snapshot(ctx context.Context, path string) (err error) {
	done, err := db.beginCopy()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		select {
		case <-db.closed:
			cancel()
		case <-ctx.Done():
		}
	})
	if err := create(path); err != nil {
		return err
	}
	connector, err := sqlite.NewConnector(uri(db.path, ""))
	if err != nil {
		return err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return classify(err)
	}
	c := newConn(ctx, raw, &latch{})
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.prepareToServe(copierSettings(), ""); err != nil {
		return err
	}
	c.quiet = ctx // a copy takes long enough to be given up
	_, err = c.exec(vacuumInto, path)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// beginCopy keeps the database open, and its WAL from being cut, until done: a
// cut would make the writer wait for the copy's read transaction.
func (db *sqliteDB) beginCopy() (done func(), err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	select {
	case <-db.closed:
		return nil, errClosed
	default:
	}
	db.copies.Add(1)
	db.copying.Add(1)
	return func() {
		db.copying.Add(-1)
		db.copies.Done()
	}, nil
}

// Frozen is a database file that nobody writes: one that Snapshot made. It is
// read only, and nothing is put beside it. All methods may be called concurrently.
type Frozen struct{ conns chan *conn }

// OpenFrozen opens the file at path.
func OpenFrozen(ctx context.Context, path string) (*Frozen, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(uri(path, "&mode=ro&immutable=1"))
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, classify(err)
	}
	c := newConn(ctx, raw, &latch{})
	for _, s := range frozenSettings() {
		if err := c.pragma("PRAGMA " + s.name + " = " + s.value); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	f := &Frozen{conns: make(chan *conn, 1)}
	f.conns <- c
	return f, nil
}

// InTx is refused: the file is read only.
func (f *Frozen) InTx(context.Context, func(Tx) error) error {
	return errors.New("a frozen database is read only")
}

// Read runs fn (DB).
func (f *Frozen) Read(ctx context.Context, fn func(Tx) error) error {
	c := <-f.conns
	defer func() { f.conns <- c }()
	c.quiet = ctx
	return c.transact(ctx, beginRead, fn)
}

// Intact reads every page and every index, and tells what is wrong first.
func (f *Frozen) Intact(ctx context.Context) error {
	c := <-f.conns
	defer func() { f.conns <- c }()
	c.quiet = ctx
	var first string
	err := c.each("PRAGMA integrity_check(1)", func(v []driver.Value) (bool, error) {
		first = fmt.Sprint(v[0])
		return false, nil
	})
	if err == nil && first != "ok" {
		err = errors.New(first)
	}
	return err
}

// Close closes the file.
func (f *Frozen) Close() error { return (<-f.conns).close() }
