package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

func TestPagesCoverTheLogOnceInBothDirections(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob) // 1
	for i := range 7 {
		w.is(ada.post(c, fmt.Sprint(i)), api.MessageSent) // 2..8
	}
	w.is(bob.leave(c), api.MemberLeft)           // 9
	w.is(ada.post(c, "hidden"), api.MessageSent) // 10
	w.is(ada.add(c, bob), api.MemberAdded)       // 11
	w.is(ada.post(c, "last"), api.MessageSent)   // 12

	for limit := 1; limit < 9; limit++ {
		var up, messages, down []int64
		var hidden []api.Withheld
		for p, more := int64(0), true; more; {
			page, err := w.chat.Entries(w.ctx, bob.id, c, p, 0, limit)
			w.check(err)
			for _, e := range page.Entries {
				up = append(up, e.Seq)
			}
			hidden = append(hidden, page.Withheld...)
			p, more = page.Next, page.More
		}
		equal(t, "entries", fmt.Sprint(up), "[1 2 3 4 5 6 7 8 9 11 12]")
		equal(t, "withheld", fmt.Sprint(hidden), "[{10 10}]")
		for p, more := int64(0), true; more; {
			page, err := w.chat.Messages(w.ctx, bob.id, c, 0, p, limit)
			w.check(err)
			for _, e := range page.Entries {
				messages = append(messages, e.Seq)
			}
			p, more = page.Next, page.More
		}
		equal(t, "messages", fmt.Sprint(messages), "[2 3 4 5 6 7 8 12]")
		hidden = nil
		for p, more := int64(1<<53-1), true; more; {
			page, err := w.chat.Messages(w.ctx, bob.id, c, p, 0, limit)
			w.check(err)
			var seqs []int64
			for _, e := range page.Entries {
				seqs = append(seqs, e.Seq)
			}
			down = append(seqs, down...)
			hidden = append(page.Withheld, hidden...)
			p, more = page.Next, page.More
		}
		equal(t, "messages from the end", fmt.Sprint(down), "[2 3 4 5 6 7 8 12]")
		equal(t, "withheld from the end", fmt.Sprint(hidden), "[{10 10}]")
	}
	page, err := w.chat.Entries(w.ctx, bob.id, c, 3, 5, 100)
	w.check(err)
	equal(t, "a range", fmt.Sprint(len(page.Entries), page.Next, page.More), "2 5 false")
	page, err = w.chat.Entries(w.ctx, bob.id, c, 99, 0, 100)
	w.check(err)
	equal(t, "beyond the end", fmt.Sprint(len(page.Entries), page.Next, page.More), "0 99 false")
}

func TestAPageIsBoundedInBytes(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	var es []*topic.Envelope
	for range 20 {
		es = append(es, ada.message(bob, strings.Repeat("x", api.MaxText)))
	}
	w.decide(es...)
	page, err := w.chat.Entries(w.ctx, bob.id, api.DirectConversation(ada.id, bob.id), 0, 0, 1000)
	w.check(err)
	if n := len(api.Encode(&page)); n > api.EntriesPageBytes+1024 || n < api.EntriesPageBytes/2 || !page.More {
		t.Fatalf("%d bytes, more %v", n, page.More)
	}
	equal(t, "next", page.Next, int64(len(page.Entries)))
}

func TestHeadsComeInPages(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada := w.person("ada")
	want := map[api.ConversationID]bool{}
	for i := range 5 {
		want[w.is(ada.message(w.person(fmt.Sprint("person", i)), "x"), api.MessageSent).Conversation] = true
	}
	var after api.ConversationID
	for n := 0; ; n++ {
		hs, err := w.chat.Heads(w.ctx, ada.id, after, 2)
		w.check(err)
		if len(hs) == 0 {
			equal(t, "pages", n, 3)
			break
		}
		for _, h := range hs {
			delete(want, h.Conversation)
			after = h.Conversation
		}
	}
	equal(t, "missing", len(want), 0)
}

func TestChangesAreFoundInSteps(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada := w.person("ada")
	for i := range 3 {
		p := w.person(fmt.Sprint("person", i))
		w.is(ada.message(p, "x"), api.MessageSent)
		w.is(ada.block(p), api.BlockSet)
	}
	w.is(ada.block(&person{id: api.NewUserID()}), api.BlockSet) // has no handle to show
	heads, blocks := map[api.ConversationID]bool{}, map[string]bool{}
	last, err := w.chat.Version(w.ctx, ada.id)
	w.check(err)
	equal(t, "version", last, 7)
	for after := int64(0); after < last; {
		ch, err := w.chat.Changes(w.ctx, ada.id, after, 1)
		w.check(err)
		for _, h := range ch.Heads {
			heads[h.Conversation] = true
		}
		for _, b := range ch.Blocks {
			blocks[b.Handle] = b.Active
		}
		if ch.Version <= after {
			t.Fatalf("no step from %d", after)
		}
		after = ch.Version
	}
	equal(t, "heads", len(heads), 3)
	equal(t, "blocks", fmt.Sprint(blocks), "map[person0:true person1:true person2:true]")
	bs, err := w.chat.Blocks(w.ctx, ada.id, "person0", 10)
	w.check(err)
	equal(t, "blocks after one", len(bs), 2)
}

func TestBlockingTwiceIsTheSameAndRaisesTheVersionOnce(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	w.is(ada.unblock(bob), api.BlockCleared)
	w.is(ada.block(bob), api.BlockSet)
	w.is(ada.block(bob), api.BlockSet)
	v, err := w.chat.Version(w.ctx, ada.id)
	w.check(err)
	equal(t, "version", v, 1)
	v, err = w.chat.Version(w.ctx, bob.id)
	w.check(err)
	equal(t, "the blocked one's version", v, 0)
}

func TestARoomReadsWhatWasToldLive(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := api.GroupConversation(ada.id, api.ActionID{1})
	ts := w.decide(ada.ask(api.Action{ID: api.ActionID{1}, Type: api.CreateGroup, Name: "x"}, bob), ada.post(c, "hi"), ada.add(c, cleo), cleo.leave(c))
	live := only(ts, topic.LiveEntry)
	read, err := w.chat.RoomEntries(w.ctx, c, 0, 10)
	w.check(err)
	equal(t, "entries", len(read), len(live))
	for i := range read {
		people := map[topic.MemberChange]int{}
		for _, m := range read[i].Changes {
			people[m]++
		}
		for _, m := range live[i].Changes {
			people[m]--
		}
		for m, n := range people {
			equal(t, fmt.Sprint("change ", m), n, 0)
		}
		equal(t, "frame", string(read[i].Frame), string(live[i].Frame))
		equal(t, "seq", read[i].Seq, live[i].Seq)
	}
	last, err := w.chat.LastSeqs(w.ctx, []api.ConversationID{c, api.NewConversationID()})
	w.check(err)
	equal(t, "known rooms", len(last), 1)
	equal(t, "last seq", last[c], 4)
	vs, err := w.chat.Versions(w.ctx, []api.UserID{ada.id, cleo.id})
	w.check(err)
	equal(t, "versions", fmt.Sprint(vs[ada.id], vs[cleo.id]), "1 2")
}

func TestAnUnknownOutcomeIsNotKnownYet(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	_, err := w.chat.Outcome(w.ctx, api.NewUserID(), api.NewActionID())
	equal(t, "problem", err.(*api.Problem).Code, "not_known_yet")
}
