package chat_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/store"
)

// words counts the rows of a conversation that have a text.
func (w *world) words(c api.ConversationID, text string) (n int) {
	w.Helper()
	w.check(w.db.Read(w.ctx, func(tx store.Tx) error {
		n = 0
		return tx.Each(`SELECT body FROM entries WHERE conversation = $1`, func(row store.Row) error {
			var body []byte
			err := row.Scan(&body)
			if strings.Contains(string(body), text) {
				n++
			}
			return err
		}, c[:])
	}))
	return n
}

// run runs the service, which clears rows, for as long as some are there.
func (w *world) run(there func() bool) {
	w.Helper()
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan error, 1)
	go func() { ended <- w.chat.Run(ctx) }()
	for there() {
		w.check(ctx.Err())
	}
	cancel()
	w.check(<-ended)
}

func TestNobodyReadsWhatWasPurged(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)    // 1
	e := ada.post(c, "a secret") // 2
	w.is(e, api.MessageSent)
	w.is(ada.ask(api.Action{Type: api.EditMessage, Conversation: c, Target: 2, Text: "another secret"}), api.MessageEdited)
	mention := ada.post(c, "@bob secret") // 4
	mention.Mentions = []api.UserID{bob.id}
	w.is(mention, api.MessageSent)
	w.is(cleo.leave(c), api.MemberLeft) // 5
	equal(t, "mentions before", bob.head(c).Mentions, int64(1))

	asked := w.office(api.Purge, c)
	ts := w.decide(asked) // 6
	result := w.result(ts)
	equal(t, "outcome", result.Outcome, api.Purged)
	entry := w.frame(only(ts, topic.LiveEntry)[0]).Event
	equal(t, "entry", entry.Kind, api.EntryPurge)
	equal(t, "who did it", entry.Sender, api.MemberID{})
	equal(t, "body", string(entry.Body), `{"through":5}`)
	after := ada.post(c, "what comes after") // 7
	w.is(after, api.MessageSent)

	unread := func(when string) {
		t.Helper()
		for _, p := range []*person{ada, bob, cleo} {
			log, err := w.chat.Entries(w.ctx, p.id, c, 0, 0, 100)
			w.check(err)
			messages, err := w.chat.Messages(w.ctx, p.id, c, 0, 0, 100)
			w.check(err)
			own, err := w.chat.Own(w.ctx, p.id, c, 0, 100)
			w.check(err)
			all := string(api.Encode(log)) + string(api.Encode(messages)) + string(api.Encode(own))
			equal(t, when+": "+p.handle+" reads", strings.Contains(all, "secret"), false)
			equal(t, when+": messages of "+p.handle, len(messages.Entries), map[bool]int{true: 2, false: 3}[p == cleo])
			equal(t, when+": a tombstone", string(messages.Entries[0].Body), `{"text":"","deleted":true}`)
		}
		items, err := w.chat.RoomEntries(w.ctx, c, 0, 100)
		w.check(err)
		for _, l := range items {
			equal(t, when+": a room reads", strings.Contains(string(l.Frame), "secret"), false)
		}
		head := bob.head(c)
		equal(t, when+": mentions", head.Mentions, int64(0))
		equal(t, when+": places", head.LastSeq*10+head.LastOrd, int64(73))
		w.refused(ada.ask(api.Action{Type: api.EditMessage, Conversation: c, Target: 2, Text: "again"}), api.ReasonNoMessage)
		w.refused(bob.ask(api.Action{Type: api.ReportMessage, Conversation: c, Target: 2}), api.ReasonNoMessage)
		again := w.decide(e) // a duplicate tells its entry anew
		equal(t, when+": told again", strings.Contains(string(only(again, topic.LiveEntry)[0].Frame), "secret"), false)
		equal(t, when+": the purge again", w.result(w.decide(asked)), result)
	}
	unread("before the rows are cleared")
	if w.words(c, "secret") == 0 {
		t.Fatal("the rows were cleared already: this shows nothing")
	}
	w.run(func() bool { return w.words(c, "secret") > 0 })
	unread("after that")
	equal(t, "what came after", w.words(c, "what comes after"), 1)
}

func TestAPurgeOfNothingMakesNoEntry(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "hello"), api.MessageSent).Conversation
	equal(t, "the first", w.is(w.office(api.Purge, c), api.Purged).Seq, int64(2))
	equal(t, "the second", w.is(w.office(api.Purge, c), api.Purged).Seq, int64(0))
	w.is(ada.post(c, "more"), api.MessageSent)
	equal(t, "the third", w.is(w.office(api.Purge, c), api.Purged).Seq, int64(4))
	w.refused(w.office(api.Purge, api.NewConversationID()), api.ReasonNotMember)
	w.refused(ada.ask(api.Action{Type: api.Purge, Conversation: c}), api.ReasonForbidden)
}

// A large conversation is cleared in parts; a service that ended in between goes on.
func TestALargePurgeIsClearedInPartsAcrossRestarts(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	var es []*topic.Envelope
	for range 1200 {
		es = append(es, ada.message(bob, "a secret"))
	}
	w.decide(es...)
	c := es[0].Action.Conversation
	w.is(w.office(api.Purge, c), api.Purged)
	for left := w.words(c, "secret"); left > 0; {
		w.run(func() bool { return w.words(c, "secret") == left })
		w.serve(w.db)
		left = w.words(c, "secret")
	}
	equal(t, "rows", len(ada.texts(c)), 100) // a page
}
