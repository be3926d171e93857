package chat_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/chat/content"
	"github.com/chatctl/chatctl/server/store"
)

// rows counts what is stored of a conversation, but for reports and outcomes.
func (w *world) rows(c api.ConversationID) (n int) {
	w.Helper()
	w.check(w.db.Read(w.ctx, func(tx store.Tx) error {
		return tx.Row(`SELECT (SELECT COUNT(*) FROM conversations WHERE id = $1) + (SELECT COUNT(*) FROM entries WHERE conversation = $1)
  + (SELECT COUNT(*) FROM members WHERE conversation = $1) + (SELECT COUNT(*) FROM intervals WHERE conversation = $1)
  + (SELECT COUNT(*) FROM mentions WHERE conversation = $1) + (SELECT COUNT(*) FROM held WHERE conversation = $1)
  + (SELECT COUNT(*) FROM removals WHERE conversation = $1)`, c[:]).Scan(&n)
	}))
	return n
}

// delete deletes people's accounts.
func (w *world) delete(people ...*person) {
	w.Helper()
	var rs []bus.Record
	for _, p := range people {
		p.version++
		s := topic.Standing{User: p.id, Version: p.version, Handle: p.handle, Deleted: true}
		rs = append(rs, bus.Record{Value: s.Encode()})
	}
	w.check(w.accounts.Apply(w.ctx, bus.Batch{LogID: logID, Records: rs, Expected: w.accPos, Pos: w.accPos + 1, Number: w.accPos + 1}))
	w.accPos++
}

// isNobodys fails if a conversation is there for anybody.
func (w *world) isNobodys(c api.ConversationID, people ...*person) {
	w.Helper()
	missing := func(what string, err error) {
		w.Helper()
		if p, ok := err.(*api.Problem); !ok || p.Code != "not_found" {
			w.Fatalf("%s: %v, not not_found", what, err)
		}
	}
	_, err := w.chat.Conversation(w.ctx, c)
	missing("an administrator", err)
	list, err := w.chat.Conversations(w.ctx, api.ConversationFilter{}, api.ConversationID{}, 100)
	w.check(err)
	for _, one := range list {
		equal(w, "it is listed", one.Conversation == c, false)
	}
	places, err := w.chat.LastSeqs(w.ctx, []api.ConversationID{c})
	w.check(err)
	equal(w, "places", len(places), 0)
	for _, p := range people {
		_, err = w.chat.Head(w.ctx, p.id, c)
		missing(p.handle+"'s head", err)
		_, err = w.chat.Entries(w.ctx, p.id, c, 0, 0, 100)
		missing("what "+p.handle+" reads", err)
	}
	w.check(content.Whole(w.ctx, w.db)) // as a backup is checked
}

// Promises, rule 23.
func TestAConversationThatIsNobodysIsRemoved(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cyd, dan := w.person("ada"), w.person("bob"), w.person("cyd"), w.person("dan")
	c := ada.group(bob, cyd, dan)
	w.is(cyd.post(c, "a secret of cyd"), api.MessageSent) // 2
	w.is(cyd.leave(c), api.MemberLeft)
	mention := bob.post(c, "@ada") // 4
	mention.Mentions = []api.UserID{ada.id}
	w.is(mention, api.MessageSent)
	w.is(ada.report(c, 4, "rude"), api.Reported)
	lost := dan.post(c, "a secret of dan")
	equal(t, "held", w.held(lost).Outcome, api.ActionHeld)

	w.delete(ada, bob)
	w.is(ada.erasure(c), api.MemberErased)
	w.is(bob.erasure(c), api.MemberErased)
	w.delete(dan)
	equal(t, "who left reads", cyd.reads(c), "2 a secret of cyd")
	w.delete(cyd)
	last := dan.erasure(c)
	results := w.results(w.decide(last, cyd.post(c, "too late")))
	equal(t, "the last erasure", results[0].Outcome, api.MemberErased)
	equal(t, "what comes after it", results[1].Reason, api.ReasonSuspended)

	holds := func(when string) {
		t.Helper()
		w.isNobodys(c, ada, bob, cyd, dan)
		equal(t, when+": a room reads", w.stored(c, "secret"), false)
		w.refused(cyd.erasure(c), api.ReasonNotMember)
		w.refused(w.office(api.Purge, c), api.ReasonNotMember)
		w.refused(w.handOver(c, bob), api.ReasonNotMember)
		report, err := w.chat.Report(w.ctx, 1)
		w.check(err)
		equal(t, when+": the report's copy", report.Context[len(report.Context)-1].Versions[0], "@ada")
		held, err := w.chat.Outcome(w.ctx, dan.id, lost.Action.ID)
		w.check(err)
		equal(t, when+": what was held", held.Reason, api.ReasonDropped)
	}
	holds("before the rows are cleared")
	if w.words(c, "a secret of cyd") == 0 {
		t.Fatal("the rows were cleared already: this shows nothing")
	}
	equal(t, "the erasure again", w.result(w.decide(last)), results[0])
	w.run(func() bool { return w.rows(c) > 0 })
	holds("after that")

	again := w.batch(records(mention, last)) // of a log whose results may not have gone out
	again.Decided = true
	w.live.take(w)
	w.check(w.actions.Apply(w.ctx, again))
	equal(t, "told of what is gone", len(w.live.take(w)), 0)
	w.refused(mention, api.ReasonSuspended)
	w.refused(last, api.ReasonNotMember)
	equal(t, "rows", w.rows(c), 0)
}

func TestADirectConversationIsRemovedWithTheSecondOfItsPeople(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cyd := w.person("ada"), w.person("bob"), w.person("cyd")
	c := w.is(ada.message(bob, "a secret"), api.MessageSent).Conversation
	other := w.is(bob.message(cyd, "hello"), api.MessageSent).Conversation
	w.delete(bob)
	w.is(bob.erasure(c), api.MemberErased)
	w.is(bob.erasure(other), api.MemberErased)
	equal(t, "ada reads", ada.reads(c), "1 a secret")
	w.delete(ada)
	w.is(ada.erasure(c), api.MemberErased)
	w.isNobodys(c, ada, bob)
	w.run(func() bool { return w.rows(c) > 0 })
	equal(t, "cyd reads", cyd.reads(other), "1 (deleted) by bob")
}

// committed is a database that says so after each commit.
type committed struct {
	store.DB
	then func()
}

func (d committed) InTx(ctx context.Context, fn func(store.Tx) error) error {
	err := d.DB.InTx(ctx, fn)
	if err == nil {
		d.then()
	}
	return err
}

// A large one goes in parts, and a backup in between is whole; a service that ended goes on.
func TestALargeRemovalIsDoneInPartsAcrossRestarts(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	all := w.crowd(520)
	ada := all[0]
	c := ada.group(all[1:]...)
	var es []*topic.Envelope
	for range 1200 {
		es = append(es, ada.post(c, "hello"))
	}
	w.decide(es...)
	w.delete(all...)
	w.is(ada.erasure(c), api.MemberErased)
	parts := 0
	for left := w.rows(c); left > 0; parts++ {
		ctx, end := context.WithCancel(w.ctx)
		w.serve(committed{w.db, func() {
			if w.rows(c) < left {
				end()
			}
		}})
		w.check(w.chat.Run(ctx))
		w.isNobodys(c, ada)
		left = w.rows(c)
	}
	if parts < 2 {
		t.Errorf("it went in %d parts", parts)
	}
}

// What an earlier version left of those who were all erased goes with the upgrade.
func TestAnUpgradeRemovesWhatIsNobodys(t *testing.T) {
	w := &world{TB: t, ctx: context.WithoutCancel(t.Context()), path: filepath.Join(t.TempDir(), "chat.db"), live: &tape{}}
	steps, err := store.ReadMigrations(os.DirFS("."), "migrations")
	w.check(err)
	db, err := store.OpenSQLite(w.ctx, w.path, store.SQLiteOptions{})
	w.check(err)
	w.check(store.Migrate(w.ctx, db, steps[:3]))
	kept := api.NewConversationID()
	w.check(db.InTx(w.ctx, func(tx store.Tx) error {
		for _, one := range written {
			if _, err := tx.Exec(one.sql, one.args...); err != nil {
				return err
			}
		}
		for sql, args := range map[string][]any{
			`INSERT INTO conversations (id, kind, name, history, members, joins, last_seq, last_ord, last_at, pos)
				VALUES ($1, 'group', 'kept', 'since_join', 1, 1, 0, 0, 0, 0)`: {kept[:]},
			`INSERT INTO members (conversation, person, member, role, present, joined, read_seq, read_ord, received_seq, end_seq, end_ord, end_at, version)
				VALUES ($1, $2, $2, 'owner', TRUE, 1, 0, 0, 0, 0, 0, 0, 1), ($1, $3, $3, 'member', TRUE, 2, 0, 0, 0, 0, 0, 0, 1)`: {kept[:], adaID[:], officer[:]},
			`INSERT INTO standing (id, version, handle, suspended, deleted, not_before) VALUES
				($1, 1, 'ada', FALSE, TRUE, 0), ($2, 1, 'bob', FALSE, TRUE, 0), ($3, 1, 'cleo', FALSE, TRUE, 0)`: {adaID[:], bobID[:], cleoID[:]},
		} {
			if _, err := tx.Exec(sql, args...); err != nil {
				return err
			}
		}
		return nil
	}))
	w.check(db.Close())

	w.open()
	t.Cleanup(func() { w.check(w.db.Close()) })
	w.isNobodys(oldRoom)
	w.run(func() bool { return w.rows(oldRoom) > 0 })
	_, err = w.chat.Conversation(w.ctx, kept)
	w.check(err)
}
