package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chatctl/chatctl/server/store"
	"github.com/chatctl/chatctl/server/store/storetest"
)

const (
	createRows = `CREATE TABLE IF NOT EXISTS rows (n INT8 PRIMARY KEY, body BYTEA)`
	insertRow  = `INSERT INTO rows (n, body) VALUES ($1, $2)`
	countRows  = `SELECT count(*) FROM rows`
)

func open(t testing.TB, path string, opts store.SQLiteOptions) store.DB {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// fresh lies at a path that a careless URI would cut.
func fresh(t testing.TB) store.DB {
	return open(t, filepath.Join(t.TempDir(), "a b?c#d%20.db"), store.SQLiteOptions{})
}

func commit(db store.DB, t testing.TB, query string, args ...any) error {
	return db.InTx(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

func rows(t testing.TB, db store.DB) (n int64) {
	t.Helper()
	err := db.Read(t.Context(), func(tx store.Tx) error { return tx.Row(countRows).Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSQLiteKeepsTheContract(t *testing.T) { storetest.Suite(t, fresh) }

func TestEachSettingThatDiffersIsRefused(t *testing.T) {
	other := map[string]string{
		"journal_mode": "DELETE", "synchronous": "NORMAL", "locking_mode": "EXCLUSIVE", "temp_store": "FILE",
		"wal_autocheckpoint": "1000", "busy_timeout": "1", "mmap_size": "1048576", "cache_size": "-10", "journal_size_limit": "-1",
	}
	for _, name := range store.Settings {
		t.Run(name, func(t *testing.T) {
			values := []string{other[name]}
			if values[0] == "" {
				values = []string{"0", "1"} // a switch: one of them is wrong
			}
			refused := 0
			for _, value := range values {
				var opts store.SQLiteOptions
				opts.Break("PRAGMA " + name + " = " + value)
				db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "x.db"), opts)
				if err == nil {
					_ = db.Close()
					continue
				}
				if !strings.Contains(err.Error(), "PRAGMA "+name+" is") {
					t.Errorf("refused for another reason: %v", err)
				}
				refused++
			}
			if refused == 0 {
				t.Error("was not refused")
			}
		})
	}
}

func TestVersionsAreComparedAsNumbers(t *testing.T) {
	for have, want := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.52.0": true, "4.0.0": true,
		"3.51.2": false, "3.9.9": false, "3.51": false, "": false, "x.y.z": false,
	} {
		if store.AtLeast(have, "3.51.3") != want {
			t.Errorf("%q: not %t", have, want)
		}
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes; files inherit their directory's access list")
	}
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, store.SQLiteOptions{})
	if err := commit(db, t, createRows); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", info.Name(), info.Mode())
		}
	}
}

func TestAClosedDatabaseRunsNothing(t *testing.T) {
	db := fresh(t)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	never := func(store.Tx) error { t.Error("it ran"); return nil }
	if db.InTx(t.Context(), never) == nil || db.Read(t.Context(), never) == nil {
		t.Error("no error")
	}
}

func TestALockHeldByAnotherProgramIsTransient(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	mine, other := open(t, path, store.SQLiteOptions{}), open(t, path, store.SQLiteOptions{})
	if err := commit(mine, t, createRows); err != nil {
		t.Fatal(err)
	}
	err := other.InTx(t.Context(), func(store.Tx) error {
		runs := 0
		err := mine.InTx(t.Context(), func(store.Tx) error { runs++; return nil })
		if !errors.Is(err, store.ErrTransient) || !store.Transient(err) || runs != 0 {
			t.Errorf("ran %d times: %v", runs, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := commit(mine, t, insertRow, 1, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAReaderThatStaysDoesNotGrowTheWALForEver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, store.SQLiteOptions{Readers: 1})
	if err := commit(db, t, createRows); err != nil {
		t.Fatal(err)
	}
	write := func(from int64) {
		t.Helper()
		err := db.InTx(t.Context(), func(tx store.Tx) error {
			for n := range int64(40) {
				if _, err := tx.Exec(insertRow, from+n, make([]byte, 1<<20)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	size := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	err := db.Read(t.Context(), func(tx store.Tx) error {
		var n int64
		if err := tx.Row(countRows).Scan(&n); err != nil {
			return err
		}
		for i := range int64(2) { // the reader keeps all of it in the WAL
			write(i * 100)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if size() < store.WALTooLarge*4096 {
		t.Fatalf("WAL of %d bytes: too small to show anything", size())
	}
	for i := int64(2); i < 4; i++ {
		write(i * 100)
	}
	if size() > store.WALTooLarge*4096 {
		t.Errorf("WAL still has %d bytes", size())
	}
}

func TestCloseLeavesNothingInTheWAL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, store.SQLiteOptions{})
	if err := errors.Join(commit(db, t, createRows), commit(db, t, insertRow, 1, []byte("x")), db.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("%d bytes are left", info.Size())
	}
	if n := rows(t, open(t, path, store.SQLiteOptions{})); n != 1 {
		t.Errorf("%d rows", n)
	}
}

func TestAFileThatIsNoDatabaseIsBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.OpenSQLite(t.Context(), path, store.SQLiteOptions{})
	if !errors.Is(err, store.ErrBroken) {
		t.Errorf("got %v", err)
	}
}

func TestCheckFindsASoundDatabaseSoundAndABrokenOneBroken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path, store.SQLiteOptions{})
	step := store.Migration{Version: 1, Name: "rows", Statements: []string{createRows}}
	if err := store.Migrate(t.Context(), db, []store.Migration{step}); err != nil {
		t.Fatal(err)
	}
	for n := range int64(200) {
		if err := commit(db, t, insertRow, n, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range store.CheckSQLite(t.Context(), path) {
		if f.Err != nil || f.Detail == "" {
			t.Errorf("%s: %q %v", f.Name, f.Detail, f.Err)
		}
	}

	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("\xff", 40_000)), 20_000); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, f := range store.CheckSQLite(t.Context(), path) {
		if f.Err != nil {
			broken++
		}
	}
	if broken == 0 {
		t.Error("garbage in the middle was not found")
	}

	db = open(t, path, store.SQLiteOptions{})
	err = db.Read(t.Context(), func(tx store.Tx) error {
		return tx.Each(`SELECT body FROM rows`, func(store.Row) error { return nil })
	})
	if !errors.Is(err, store.ErrBroken) {
		t.Errorf("reading garbage: %v", err)
	}
	if err := commit(db, t, insertRow, 1000, nil); !errors.Is(err, store.ErrBroken) {
		t.Errorf("writing afterwards: %v", err)
	}
}

func TestReadMigrationsCutsFilesIntoStatements(t *testing.T) {
	steps, err := store.ReadMigrations(fstest.MapFS{
		"migrations/0002_more.sql":  {Data: []byte("INSERT INTO a (b) VALUES ('x;y');\n")},
		"migrations/0001_first.sql": {Data: []byte("-- a comment\nCREATE TABLE a (\n  b TEXT -- why\n);\n\nCREATE INDEX c ON a (b);\n")},
	}, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 2 || len(steps[0].Statements) != 2 || steps[1].Name != "more" || steps[1].Statements[0] != "INSERT INTO a (b) VALUES ('x;y')" {
		t.Errorf("got %+v", steps)
	}
	if err := store.Migrate(t.Context(), fresh(t), steps); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"m/0002_hole.sql", "m/first.sql", "m/1.sql"} {
		if _, err := store.ReadMigrations(fstest.MapFS{name: {Data: []byte("SELECT 1;")}}, "m"); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
