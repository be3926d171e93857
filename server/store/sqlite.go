package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// SQLiteOptions are the sizes of an embedded database; zero values mean the defaults.
type SQLiteOptions struct {
	Readers  int // connections for Read; 4
	CacheKiB int // page cache of the writer, a quarter of it for each reader; 65,536

	then string // run after the settings and before they are read back: what a test breaks
}

// errClosed: the program used a database after it had closed it.
var errClosed = errors.New("database is closed")

// sqliteDB is the embedded engine: one connection that writes, a few that read,
// each used by one goroutine at a time. A connection is taken out of its channel
// and put back; whoever holds all of them is alone.
type sqliteDB struct {
	path    string
	writer  chan *conn
	readers chan *conn
	nread   int
	wal     *checkpointer // belongs to who holds the writer
	latch   latch

	mu      sync.Mutex     // of copies, against closing
	copies  sync.WaitGroup // snapshots under way
	copying atomic.Int32   // how many

	closed chan struct{}
	once   sync.Once
	err    error // of Close
}

// latch keeps the first error after which nothing on disk can be trusted
// (promises, rule 20).
type latch struct{ err atomic.Pointer[error] }

func (l *latch) set(err error) {
	if errors.Is(err, ErrBroken) {
		l.err.CompareAndSwap(nil, &err)
	}
}

func (l *latch) get() error {
	if p := l.err.Load(); p != nil {
		return *p
	}
	return nil
}

// OpenSQLite opens the database at path and creates it at mode 0600 when it is
// not there; its directory must exist and belong to one process. A transaction
// is on disk, synced, when InTx returns. The settings that this rests on are
// read back from every connection, and the database is not opened when one
// differs (promises, "exact settings").
func OpenSQLite(ctx context.Context, path string, opts SQLiteOptions) (DB, error) {
	db, err := openSQLite(context.WithoutCancel(ctx), path, opts)
	if err != nil {
		return nil, fmt.Errorf("opening database %s: %w", path, err)
	}
	return db, nil
}

func openSQLite(ctx context.Context, path string, opts SQLiteOptions) (_ *sqliteDB, err error) {
	if opts.Readers <= 0 {
		opts.Readers = 4
	}
	if opts.CacheKiB <= 0 {
		opts.CacheKiB = 64 << 10
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	db := &sqliteDB{
		path:    path,
		writer:  make(chan *conn, 1),
		readers: make(chan *conn, opts.Readers),
		closed:  make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.closeConns())
		}
	}()
	w, err := db.connect(ctx, opts, writerSettings(opts.CacheKiB))
	if err != nil {
		return nil, err
	}
	db.writer <- w
	db.wal = &checkpointer{conn: w, large: walTooLarge}
	for range opts.Readers {
		r, err := db.connect(ctx, opts, readerSettings(opts.CacheKiB/4))
		if err != nil {
			return nil, err
		}
		db.readers <- r
		db.nread++
	}
	if err := syncNames(path); err != nil {
		return nil, err
	}
	return db, nil
}

// syncNames makes the names of the database's files outlast a power cut, which
// a file system need not do when it syncs the files (measured, C5).
func syncNames(path string) error {
	dir := filepath.Dir(path)
	if err := syncDir(dir); err != nil {
		return err
	}
	err := syncDir(filepath.Dir(dir))
	if errors.Is(err, os.ErrPermission) {
		return nil // we may not read it, so it was not we who put a name there
	}
	return err
}

// create makes the file itself, so that it and what SQLite puts beside it
// (which copies its mode) are for their owner only. It must never be opened
// again by us: closing any descriptor of it drops SQLite's locks (POSIX).
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// uri names path so that no character of it is taken for a parameter. In
// double quotes stands an identifier or nothing, as on the other engines.
func uri(path, params string) string {
	path = filepath.ToSlash(path)
	if path[0] != '/' {
		path = "/" + path // file:///C:/… on Windows
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: "_dqs=0&_error_rc=1&_defensive=1" + params}
	return u.String()
}

func (db *sqliteDB) connect(ctx context.Context, opts SQLiteOptions, want []setting) (*conn, error) {
	connector, err := sqlite.NewConnector(uri(db.path, ""))
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, classify(err)
	}
	c := newConn(ctx, raw, &db.latch)
	c.writes = db.wal == nil // the first one
	if err := c.prepareToServe(want, opts.then); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// InTx runs fn alone: BEGIN IMMEDIATE takes the only write lock, so nothing
// conflicts and fn runs once. When another program holds the lock, SQLite waits
// for it (busy_timeout) and then gives ErrTransient.
func (db *sqliteDB) InTx(ctx context.Context, fn func(Tx) error) error {
	w, err := db.take(ctx, db.writer)
	if err != nil {
		return err
	}
	defer func() { db.writer <- w }()
	if err := w.transact(ctx, beginWrite, fn); err != nil {
		return err
	}
	db.checkpoint()
	return nil
}

func (db *sqliteDB) Read(ctx context.Context, fn func(Tx) error) error {
	r, err := db.take(ctx, db.readers)
	if err != nil {
		return err
	}
	defer func() { db.readers <- r }()
	return r.transact(ctx, beginRead, fn)
}

// take waits for a connection. A broken or closed database gives none.
func (db *sqliteDB) take(ctx context.Context, from chan *conn) (*conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var c *conn
	select {
	case c = <-from:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-db.closed:
		return nil, errClosed
	}
	if err := db.latch.get(); err != nil {
		from <- c
		return nil, err
	}
	return c, nil
}

// Close waits for the transactions under way, moves what is in the WAL to the
// database and closes it. Later transactions fail.
func (db *sqliteDB) Close() error {
	db.once.Do(func() {
		db.mu.Lock()
		close(db.closed)
		db.mu.Unlock()
		db.copies.Wait()
		db.err = db.closeConns()
	})
	return db.err
}

func (db *sqliteDB) closeConns() error {
	var errs []error
	for range db.nread {
		errs = append(errs, (<-db.readers).close())
	}
	if db.wal != nil {
		w := <-db.writer
		if db.latch.get() == nil {
			if _, err := db.wal.run(truncate); errors.Is(err, ErrBroken) {
				errs = append(errs, err) // after any other the pages stay where they are, as safe as before
			}
		}
		errs = append(errs, w.close())
	}
	return errors.Join(errs...)
}
