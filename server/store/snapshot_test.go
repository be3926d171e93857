package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/store"
)

func counted(t *testing.T, db interface {
	Read(context.Context, func(store.Tx) error) error
}) (n int64) {
	t.Helper()
	err := db.Read(t.Context(), func(tx store.Tx) error { return tx.Row(`SELECT count(*) FROM t`).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func openWithRows(t *testing.T, rows int) store.DB {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "a.db"), store.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	err = db.InTx(t.Context(), func(tx store.Tx) error {
		if _, err := tx.Exec(`CREATE TABLE t (a INT8 PRIMARY KEY, b TEXT NOT NULL)`); err != nil {
			return err
		}
		return insert(tx, 0, rows)
	})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(tx store.Tx, from, to int) error {
	for i := from; i < to; i++ {
		if _, err := tx.Exec(`INSERT INTO t VALUES ($1, $2)`, i, strings.Repeat("x", 100)); err != nil {
			return err
		}
	}
	return nil
}

func TestASnapshotIsOneMomentOfADatabaseThatIsWritten(t *testing.T) {
	db := openWithRows(t, 1000)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var writing sync.WaitGroup
	writing.Go(func() {
		for n := 1000; ctx.Err() == nil; n += 2 {
			err := db.InTx(ctx, func(tx store.Tx) error { return insert(tx, n, n+2) })
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	})
	for range 3 {
		before := counted(t, db)
		path := filepath.Join(t.TempDir(), "copy.db")
		if err := store.Snapshot(t.Context(), db, path); err != nil {
			t.Fatal(err)
		}
		f, err := store.OpenFrozen(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Intact(t.Context()); err != nil {
			t.Error(err)
		}
		if n := counted(t, f); n < before || n%2 != 0 {
			t.Errorf("%d rows, at least %d were there, two a transaction", n, before)
		}
		if f.InTx(t.Context(), func(store.Tx) error { return nil }) == nil {
			t.Error("a frozen database was written")
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 {
			t.Errorf("beside the copy lies %v, %v", entries, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
	stop()
	writing.Wait()
}

func TestASnapshotIsGivenUpWithItsContextAndWhenTheDatabaseCloses(t *testing.T) {
	db := openWithRows(t, 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Snapshot(ctx, db, filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Snapshot(t.Context(), db, path); err == nil {
		t.Error("a file was overwritten")
	}
	if n := counted(t, db); n != 10 {
		t.Errorf("%d rows", n)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if err := store.Snapshot(t.Context(), db, filepath.Join(t.TempDir(), "late.db")); err == nil {
		t.Error("a closed database was copied")
	}
}

func TestADamagedFileIsNotIntact(t *testing.T) {
	db := openWithRows(t, 1000)
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := store.Snapshot(t.Context(), db, path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(b[4096*3 : 4096*4])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := store.OpenFrozen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Intact(t.Context()); err == nil {
		t.Error("nothing was found")
	}
}
