package storetest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// label and count are types as services make them.
type (
	label string
	count int32
)

func values(t *testing.T, db store.DB) {
	user := api.NewUserID()
	long := strings.Repeat("ä\x00b", 5000)
	raw := bytes.Repeat([]byte{0, 0xff, 1}, 5000)
	must(t, db.InTx(t.Context(), func(tx store.Tx) error {
		const insert = `INSERT INTO kind (id, number, flag, words, bytes) VALUES ($1, $2, $3, $4, $5)`
		if _, err := tx.Exec(insert, user, count(7), true, label(long), raw); err != nil {
			return err
		}
		_, err := tx.Exec(insert, api.NewUserID(), nil, nil, nil, nil)
		return err
	}))

	must(t, db.Read(t.Context(), func(tx store.Tx) error {
		var id api.UserID
		var n int64
		var flag bool
		var words string
		var got []byte
		// $1 twice: one argument
		err := tx.Row(`SELECT id, number, flag, words, bytes FROM kind WHERE id = $1 AND (id = $1 OR number = $2)`, user, -1).
			Scan(&id, &n, &flag, &words, &got)
		if err != nil {
			return err
		}
		if id != user || n != 7 || !flag || words != long || !bytes.Equal(got, raw) {
			t.Errorf("got %v %d %t, %d and %d bytes", id, n, flag, len(words), len(got))
		}

		var l label
		var c count
		var p *int64
		var maybe sql.Null[string]
		err = tx.Row(`SELECT words, number, number, words FROM kind WHERE id = $1`, user).Scan(&l, &c, &p, &maybe)
		if err != nil {
			return err
		}
		if l != label(long) || c != 7 || p == nil || *p != 7 || !maybe.Valid || maybe.V != long {
			t.Errorf("got %d bytes, %d, %v, %t", len(l), c, p, maybe.Valid)
		}

		var none api.UserID
		err = tx.Row(`SELECT number, bytes, words, bytes FROM kind WHERE number IS NULL`).Scan(&p, &got, &maybe, &none)
		if err != nil {
			return err
		}
		if p != nil || got != nil || maybe.Valid || !none.IsZero() {
			t.Errorf("NULL came as %v %v %v %v", p, got, maybe, none)
		}
		if err := tx.Row(`SELECT number FROM kind WHERE number IS NULL`).Scan(&n); err == nil {
			t.Error("NULL was scanned into a number")
		}
		var yes bool
		if err := tx.Row(`SELECT EXISTS (SELECT 1 FROM kind WHERE id = $1)`, user).Scan(&yes); err != nil || !yes {
			t.Errorf("EXISTS: %t, %v", yes, err)
		}
		return nil
	}))
}

func eachStops(t *testing.T, db store.DB) {
	for id := range int64(5) {
		add(t, db, id)
	}
	mine := errors.New("mine")
	must(t, db.InTx(t.Context(), func(tx store.Tx) error {
		var ids []int64
		err := tx.Each(`SELECT id FROM item WHERE id >= $1 ORDER BY id`, func(r store.Row) error {
			var id int64
			if err := r.Scan(&id); err != nil {
				return err
			}
			if ids = append(ids, id); id == 3 {
				return mine
			}
			return nil
		}, 1)
		if err != mine || !slices.Equal(ids, []int64{1, 2, 3}) { //nolint:errorlint // as it is
			return fmt.Errorf("got %v, %w", ids, err)
		}
		n, err := tx.Exec(`UPDATE item SET note = $1`, "changed") // the transaction is sound
		if err == nil && n != 5 {
			t.Errorf("%d rows changed", n)
		}
		return err
	}))
	want(t, db, `SELECT count(*) FROM item WHERE note = 'changed'`, 5)
}

func migrations(t *testing.T, db store.DB) {
	more := append(slices.Clone(schema), store.Migration{Version: 2, Name: "more", Statements: []string{
		`CREATE TABLE more (id INT8 PRIMARY KEY)`, `INSERT INTO more (id) VALUES (1)`,
	}})
	for range 2 {
		must(t, store.Migrate(t.Context(), db, more))
		want(t, db, `SELECT count(*) FROM more`, 1)
	}
	renamed := slices.Clone(more)
	renamed[1].Name = "other"
	if err := store.Migrate(t.Context(), db, renamed); err == nil {
		t.Error("another program's schema was taken")
	}
	if err := store.Migrate(t.Context(), db, more[1:]); err == nil {
		t.Error("steps that do not begin with 1 were taken")
	}
}

func newerSchema(t *testing.T, db store.DB) {
	more := append(slices.Clone(schema), store.Migration{Version: 2, Name: "more", Statements: []string{`CREATE TABLE more (id INT8 PRIMARY KEY)`}})
	must(t, store.Migrate(t.Context(), db, more))
	err := store.Migrate(t.Context(), db, schema)
	if err == nil || !strings.Contains(err.Error(), "newer chatctl") {
		t.Errorf("got %v", err)
	}
}

func failingMigration(t *testing.T, db store.DB) {
	wrong := append(slices.Clone(schema), store.Migration{Version: 2, Name: "wrong", Statements: []string{
		`CREATE TABLE half (id INT8 PRIMARY KEY)`, `INSERT INTO nowhere (id) VALUES (1)`,
	}})
	if err := store.Migrate(t.Context(), db, wrong); err == nil || !strings.Contains(err.Error(), "wrong") {
		t.Errorf("got %v", err)
	}
	right := append(slices.Clone(schema), store.Migration{Version: 2, Name: "right", Statements: []string{`CREATE TABLE half (id INT8 PRIMARY KEY)`}})
	must(t, store.Migrate(t.Context(), db, right))
}
