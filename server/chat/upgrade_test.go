package chat_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/store"
)

// What a server of schema 1 has written: a group of ada and bob, which cleo has
// left, with one message.
var written = []struct {
	sql  string
	args []any
}{
	{`INSERT INTO conversations (id, kind, name, history, person_a, person_b, members, joins, last_seq, last_ord, last_at, pos)
		VALUES ($1, 'group', 'ops', 'since_join', NULL, NULL, 2, 3, 3, 1, 1767323045000, 3)`, []any{oldRoom[:]}},
	{`INSERT INTO members (conversation, person, member, role, present, joined, read_seq, read_ord, received_seq, end_seq, end_ord, end_at, version)
		VALUES ($1, $2, $2, 'owner', TRUE, 1, 3, 1, 3, 0, 0, 0, 1), ($1, $3, $3, 'member', TRUE, 2, 1, 0, 1, 0, 0, 0, 1),
		($1, $4, $4, 'member', FALSE, 3, 1, 0, 1, 2, 0, 1767323045000, 2)`, []any{oldRoom[:], adaID[:], bobID[:], cleoID[:]}},
	{`INSERT INTO intervals (conversation, person, from_seq, to_seq)
		VALUES ($1, $2, 1, 9007199254740991), ($1, $3, 1, 9007199254740991), ($1, $4, 1, 2)`, []any{oldRoom[:], adaID[:], bobID[:], cleoID[:]}},
	{`INSERT INTO entries (conversation, seq, ord, kind, id, sender, member, hash, at, body) VALUES
		($1, 1, 0, 'create', $2, $2, $2, $3, 1767323045000, $4), ($1, 2, 0, 'member', $5, $5, $5, $3, 1767323045000, $6),
		($1, 3, 1, 'message', $7, $2, $2, $3, 1767323045000, $8)`,
		[]any{oldRoom[:], adaID[:], make([]byte, 16), api.Encode(api.CreateBody{Name: "ops", History: api.SinceJoin, Members: []api.MemberID{api.MemberID(adaID), api.MemberID(bobID), api.MemberID(cleoID)}}),
			cleoID[:], api.Encode(api.MemberBody{Change: api.Left, Member: api.MemberID(cleoID)}), oldRoom[:], []byte(`{"text":"from before"}`)}},
}

var oldRoom, adaID, bobID, cleoID = api.NewConversationID(), api.NewUserID(), api.NewUserID(), api.NewUserID()

func TestADatabaseOfVersionOneIsUpgraded(t *testing.T) {
	w := &world{TB: t, ctx: context.WithoutCancel(t.Context()), path: filepath.Join(t.TempDir(), "chat.db"), live: &tape{}}
	w.clock.Store(1767323046e9)
	steps, err := store.ReadMigrations(os.DirFS("."), "migrations")
	w.check(err)
	db, err := store.OpenSQLite(w.ctx, w.path, store.SQLiteOptions{})
	w.check(err)
	w.check(store.Migrate(w.ctx, db, steps[:1]))
	w.check(db.InTx(w.ctx, func(tx store.Tx) error {
		for _, one := range written {
			if _, err := tx.Exec(one.sql, one.args...); err != nil {
				return err
			}
		}
		return nil
	}))
	w.check(db.Close())

	w.open()
	t.Cleanup(func() { w.check(w.db.Close()) })
	ada, bob, cleo := w.known("ada", adaID), w.known("bob", bobID), w.known("cleo", cleoID)
	equal(t, "as read", bob.reads(oldRoom), "3 from before")
	w.is(ada.edit(oldRoom, 3, "from before, edited"), api.MessageEdited)
	equal(t, "as read", bob.reads(oldRoom), "3 from before, edited (edited at 4)")
	w.is(ada.delete(oldRoom, 3), api.MessageGone)
	equal(t, "as read", bob.reads(oldRoom), "3 (deleted) by ada")
	w.is(ada.rename(oldRoom, "dev"), api.GroupRenamed)
	equal(t, "who left before the upgrade sees", cleo.head(oldRoom).Name, "ops")
	items, err := w.chat.RoomEntries(w.ctx, oldRoom, 0, 10)
	w.check(err)
	equal(t, "first members", len(items[0].Changes), 3)
	equal(t, "leaving", len(items[1].Changes), 1)

	// The next start finds nothing to do.
	w.serve(w.db)
	equal(t, "as read", bob.reads(oldRoom), "3 (deleted) by ada")
}

// An older program does not touch the newer schema.
func TestAnOlderProgramRefusesTheNewerSchema(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	steps, err := store.ReadMigrations(os.DirFS("."), "migrations")
	w.check(err)
	if err := store.Migrate(w.ctx, w.db, steps[:1]); err == nil {
		t.Error("a program of schema 1 opened a database of a later one")
	}
}

// known is a person whom the database knows already.
func (w *world) known(handle string, id api.UserID) *person {
	w.Helper()
	p := w.person(handle)
	p.id = id
	p.version = 0
	p.standing(topic.Standing{})
	return p
}
