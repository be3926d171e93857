// Package storetest is the suite that every engine behind store.DB passes. It
// knows no engine; which promise broke is the name of the test.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/store"
)

// Open gives a fresh, empty database that is closed after the test.
type Open func(t testing.TB) store.DB

// Suite runs every test on databases of their own.
func Suite(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.DB)
	}{
		{"WhatIsCommittedIsReadAtOnce", committedIsRead},
		{"AnErrorRollsBackAndIsReturnedAsItIs", errorRollsBack},
		{"APanicRollsBackAndGoesOn", panicRollsBack},
		{"AFailingCommitIsAnErrorAndLeavesNoRow", failingCommit},
		{"AFailedStatementDoomsTheTransaction", failedStatementDooms},
		{"AViolatedUniqueConstraintIsErrUnique", uniqueIsClassified},
		{"NoRowIsErrNoRowAndDoomsNothing", noRow},
		{"AReadSeesOneSnapshot", snapshot},
		{"AReadWritesNothing", readWritesNothing},
		{"TransactionsAtOnceLoseNoUpdate", serialised},
		{"AnErrorOfTheFunctionIsNotTriedAgain", notTriedAgain},
		{"AnEndedContextBeginsNothing", endedContext},
		{"AContextThatEndsInsideCommitsNothing", contextEndsInside},
		{"ATransactionIsOfNoUseAfterItsEnd", usedAfterItsEnd},
		{"ValuesComeBackAsTheyWere", values},
		{"EachStopsAtAnErrorOfItsFunction", eachStops},
		{"MigrationsAreAppliedOnceAndInOrder", migrations},
		{"ANewerSchemaIsRefusedUntouched", newerSchema},
		{"AFailingMigrationLeavesNothing", failingMigration},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := open(t)
			must(t, store.Migrate(t.Context(), db, schema))
			test.run(t, db)
		})
	}
}

var schema = []store.Migration{{Version: 1, Name: "suite", Statements: []string{
	`CREATE TABLE item (id INT8 PRIMARY KEY, note TEXT NOT NULL)`,
	`CREATE TABLE part (id INT8 PRIMARY KEY, item INT8 NOT NULL REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)`,
	`CREATE TABLE kind (id BYTEA PRIMARY KEY, number INT8, flag BOOLEAN, words TEXT, bytes BYTEA, UNIQUE (number, words))`,
}}}

const (
	insertItem = `INSERT INTO item (id, note) VALUES ($1, $2)`
	insertPart = `INSERT INTO part (id, item) VALUES ($1, $2)`
	countItems = `SELECT count(*) FROM item`
	countParts = `SELECT count(*) FROM part`
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, db store.DB, id int64) {
	t.Helper()
	must(t, db.InTx(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(insertItem, id, "note")
		return err
	}))
}

func number(t *testing.T, db store.DB, query string) (n int64) {
	t.Helper()
	must(t, db.Read(t.Context(), func(tx store.Tx) error { return tx.Row(query).Scan(&n) }))
	return n
}

func want(t *testing.T, db store.DB, query string, n int64) {
	t.Helper()
	if got := number(t, db, query); got != n {
		t.Errorf("%s is %d and should be %d", query, got, n)
	}
}

func committedIsRead(t *testing.T, db store.DB) {
	for id := range int64(20) {
		add(t, db, id)
		want(t, db, countItems, id+1)
	}
}

func errorRollsBack(t *testing.T, db store.DB) {
	mine := errors.New("mine")
	err := db.InTx(t.Context(), func(tx store.Tx) error {
		if _, err := tx.Exec(insertItem, 1, "note"); err != nil {
			return err
		}
		return mine
	})
	if err != mine { //nolint:errorlint // as it is
		t.Errorf("got %v", err)
	}
	want(t, db, countItems, 0)
	add(t, db, 1)
}

func panicRollsBack(t *testing.T, db store.DB) {
	func() {
		defer func() {
			if got := recover(); got != "mine" {
				t.Errorf("recovered %v", got)
			}
		}()
		_ = db.InTx(t.Context(), func(tx store.Tx) error {
			if _, err := tx.Exec(insertItem, 1, "note"); err != nil {
				return err
			}
			panic("mine")
		})
	}()
	want(t, db, countItems, 0)
	add(t, db, 1)
}

func failingCommit(t *testing.T, db store.DB) {
	for range 2 { // a second time: the connection is sound
		err := db.InTx(t.Context(), func(tx store.Tx) error {
			if _, err := tx.Exec(insertItem, 1, "note"); err != nil {
				return err
			}
			_, err := tx.Exec(insertPart, 1, 404) // found out at COMMIT
			return err
		})
		if err == nil {
			t.Error("COMMIT failed and InTx returned nil")
		}
		want(t, db, countItems, 0)
		want(t, db, countParts, 0)
	}
	add(t, db, 1)
}

func failedStatementDooms(t *testing.T, db store.DB) {
	add(t, db, 1)
	var first, second error
	err := db.InTx(t.Context(), func(tx store.Tx) error {
		_, first = tx.Exec(insertItem, 1, "again")
		_, second = tx.Exec(insertItem, 2, "after")
		return nil // as if nothing had been
	})
	if !errors.Is(err, store.ErrUnique) || !errors.Is(first, store.ErrUnique) || !errors.Is(second, store.ErrUnique) {
		t.Errorf("statements %v, %v; InTx %v", first, second, err)
	}
	want(t, db, countItems, 1)
}

func uniqueIsClassified(t *testing.T, db store.DB) {
	insert := func(id string, n int64) error {
		return db.InTx(t.Context(), func(tx store.Tx) error {
			_, err := tx.Exec(`INSERT INTO kind (id, number, words) VALUES ($1, $2, $3)`, []byte(id), n, "words")
			return err
		})
	}
	must(t, insert("a", 1))
	if err := insert("b", 1); !errors.Is(err, store.ErrUnique) {
		t.Errorf("unique: %v", err)
	}
	if err := insert("a", 2); !errors.Is(err, store.ErrUnique) {
		t.Errorf("primary key: %v", err)
	}
	if err := insert("a", 2); store.Transient(err) || errors.Is(err, store.ErrBroken) {
		t.Errorf("of two classes: %v", err)
	}
	must(t, insert("c", 3))
}

func noRow(t *testing.T, db store.DB) {
	must(t, db.InTx(t.Context(), func(tx store.Tx) error {
		var note string
		err := tx.Row(`SELECT note FROM item WHERE id = $1`, 1).Scan(&note)
		if !errors.Is(err, store.ErrNoRow) {
			return fmt.Errorf("got %w", err)
		}
		err = tx.Row(`UPDATE item SET note = $2 WHERE id = $1 RETURNING note`, 1, "x").Scan(&note)
		if !errors.Is(err, store.ErrNoRow) {
			return fmt.Errorf("got %w", err)
		}
		_, err = tx.Exec(insertItem, 1, "note")
		return err
	}))
	want(t, db, countItems, 1)
}

func snapshot(t *testing.T, db store.DB) {
	add(t, db, 1)
	must(t, db.Read(t.Context(), func(tx store.Tx) error {
		var before, after int64
		if err := tx.Row(countItems).Scan(&before); err != nil {
			return err
		}
		written := make(chan struct{})
		go func() {
			defer close(written)
			add(t, db, 2)
		}()
		<-written
		if err := tx.Row(countItems).Scan(&after); err != nil {
			return err
		}
		if before != 1 || after != 1 {
			t.Errorf("one snapshot held %d, then %d", before, after)
		}
		return nil
	}))
	want(t, db, countItems, 2)
}

func readWritesNothing(t *testing.T, db store.DB) {
	err := db.Read(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(insertItem, 1, "note")
		return err
	})
	if err == nil || errors.Is(err, store.ErrBroken) {
		t.Errorf("got %v", err)
	}
	want(t, db, countItems, 0)
	add(t, db, 1)
}

func serialised(t *testing.T, db store.DB) {
	must(t, db.InTx(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(`INSERT INTO kind (id, number) VALUES ($1, 0)`, []byte("counter"))
		return err
	}))
	const people, times = 8, 25
	var mu sync.Mutex
	seen := map[int64]int{}
	var all sync.WaitGroup
	for range people {
		all.Go(func() {
			for range times {
				var n int64
				err := db.InTx(t.Context(), func(tx store.Tx) error {
					return tx.Row(`UPDATE kind SET number = number + 1 WHERE id = $1 RETURNING number`, []byte("counter")).Scan(&n)
				})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[n]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	for n := int64(1); n <= people*times; n++ {
		if seen[n] != 1 {
			t.Fatalf("place %d was taken %d times", n, seen[n])
		}
	}
	want(t, db, `SELECT number FROM kind`, people*times)
}

func notTriedAgain(t *testing.T, db store.DB) {
	runs := 0
	err := db.InTx(t.Context(), func(tx store.Tx) error {
		runs++
		_, err := tx.Exec(`INSERT INTO item (id, note) VALUES ($1, NULL)`, 1)
		return err
	})
	if err == nil || runs != 1 {
		t.Errorf("ran %d times: %v", runs, err)
	}
}

func endedContext(t *testing.T, db store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func(store.Tx) error { t.Error("it ran"); return nil }
	if err := db.InTx(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("InTx: %v", err)
	}
	if err := db.Read(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
	add(t, db, 1)
}

func contextEndsInside(t *testing.T, db store.DB) {
	ctx, cancel := context.WithCancel(t.Context())
	err := db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(insertItem, 1, "note")
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	want(t, db, countItems, 0)
	add(t, db, 1)
}

func usedAfterItsEnd(t *testing.T, db store.DB) {
	var kept store.Tx
	must(t, db.InTx(t.Context(), func(tx store.Tx) error { kept = tx; return nil }))
	if _, err := kept.Exec(insertItem, 1, "note"); err == nil {
		t.Error("a statement ran outside a transaction")
	}
	want(t, db, countItems, 0)
}
