package store_test

import (
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/store"
	"github.com/chatctl/chatctl/server/store/storetest"
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

func fresh(t testing.TB) store.DB {
	return open(t, filepath.Join(t.TempDir(), "a b?c#d%20.db"), store.SQLiteOptions{})
}

func TestSQLiteKeepsTheContract(t *testing.T) { storetest.Suite(t, fresh) }
