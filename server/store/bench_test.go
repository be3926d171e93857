package store_test

import (
	"fmt"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// BenchmarkInsert writes messages as the chat service does: a guarded UPDATE
// that takes the seq, then the row.
func BenchmarkInsert(b *testing.B) {
	for _, size := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			db := fresh(b)
			err := store.Migrate(b.Context(), db, []store.Migration{{Version: 1, Name: "bench", Statements: []string{
				`CREATE TABLE conversation (id BYTEA PRIMARY KEY, last_seq INT8 NOT NULL)`,
				`CREATE TABLE message (conversation BYTEA, seq INT8, sender BYTEA, id BYTEA, at INT8, body TEXT, UNIQUE (conversation, seq), UNIQUE (id, sender))`,
			}}})
			if err != nil {
				b.Fatal(err)
			}
			conv, sender, body := api.NewConversationID(), api.NewUserID(), fmt.Sprintf("%0128d", 0)
			if err := commit(db, b, `INSERT INTO conversation (id, last_seq) VALUES ($1, 0)`, conv); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				err := db.InTx(b.Context(), func(tx store.Tx) error {
					for range size {
						var seq int64
						if err := tx.Row(`UPDATE conversation SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq`, conv).Scan(&seq); err != nil {
							return err
						}
						if _, err := tx.Exec(`INSERT INTO message (conversation, seq, sender, id, at, body) VALUES ($1, $2, $3, $4, $5, $6)`,
							conv, seq, sender, api.NewActionID(), int64(1), body); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkRead reads one row in a snapshot of its own.
func BenchmarkRead(b *testing.B) {
	db := fresh(b)
	if err := commit(db, b, createRows); err != nil {
		b.Fatal(err)
	}
	if err := commit(db, b, insertRow, 1, []byte("body")); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var n int64
		err := db.Read(b.Context(), func(tx store.Tx) error {
			return tx.Row(`SELECT n FROM rows WHERE n = $1`, 1).Scan(&n)
		})
		if err != nil || n != 1 {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
}
