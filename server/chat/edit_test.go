package chat_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

func (p *person) edit(c api.ConversationID, seq int64, text string, mentioned ...*person) *topic.Envelope {
	e := p.ask(api.Action{Type: api.EditMessage, Conversation: c, Target: seq, Text: text})
	for _, q := range mentioned {
		e.Mentions = append(e.Mentions, q.id)
	}
	return e
}

func (p *person) delete(c api.ConversationID, seq int64) *topic.Envelope {
	return p.ask(api.Action{Type: api.DeleteMessage, Conversation: c, Target: seq})
}

// now are the messages of c as p reads them, one line each.
func (p *person) reads(c api.ConversationID) string {
	p.Helper()
	page, err := p.chat.Messages(p.ctx, p.id, c, 0, 0, 100)
	p.check(err)
	var lines []string
	for _, e := range page.Entries {
		m, err := api.Decode[api.MessageBody](e.Body)
		p.check(err)
		line := fmt.Sprintf("%d %s", e.Seq, m.Text)
		if m.Edited > 0 {
			line += fmt.Sprintf(" (edited at %d)", m.Edited)
		}
		if m.Deleted {
			line += "(deleted)"
		}
		if !m.DeletedBy.IsZero() {
			line += " by " + p.handleOf(c, m.DeletedBy)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

func (p *person) handleOf(c api.ConversationID, m api.MemberID) string {
	p.Helper()
	members, err := p.chat.Members(p.ctx, p.id, c, api.MemberID{}, 100)
	p.check(err)
	for _, one := range members {
		if one.Member == m {
			return one.Handle
		}
	}
	return m.String()
}

// stored tells whether a text lies anywhere in the log of c, whoever may read it.
func (w *world) stored(c api.ConversationID, text string) bool {
	w.Helper()
	items, err := w.chat.RoomEntries(w.ctx, c, 0, 1000)
	w.check(err)
	for _, i := range items {
		if strings.Contains(string(i.Frame), text) {
			return true
		}
	}
	return false
}

func TestAnEditIsAnEntryThatChangesWhatIsRead(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "helo"), api.MessageSent).Conversation
	w.is(ada.post(c, "again"), api.MessageSent)
	e := ada.edit(c, 1, "hello")
	ts := w.decide(e)
	r := w.result(ts)
	equal(t, "result", r, api.Result{Action: e.Action.ID, Outcome: api.MessageEdited, Conversation: c, Seq: 3, Ord: 2, Time: api.TimeOf(w.now())})
	told := w.frame(only(ts, topic.LiveEntry)[0]).Event
	equal(t, "entry", string(told.Kind)+string(told.Body), `edit{"target":1,"text":"hello"}`)
	equal(t, "people who come or go", len(only(ts, topic.LiveEntry)[0].Changes), 0)
	w.is(ada.edit(c, 1, "hello!"), api.MessageEdited)
	equal(t, "as read", bob.reads(c), "1 hello! (edited at 4), 2 again")
	equal(t, "in the log", bob.texts(c)[0], "helo")
	equal(t, "unread", bob.head(c).LastOrd-bob.head(c).ReadOrd, 2)

	// What came again is answered alike, and changes nothing.
	again := w.result(w.decide(e))
	equal(t, "again", again, r)
	equal(t, "as read", bob.reads(c), "1 hello! (edited at 4), 2 again")
}

func TestOnlyTheSenderEditsAndOnlyWithinTheWindow(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob)
	seq := w.is(bob.post(c, "mine"), api.MessageSent).Seq
	w.refused(ada.edit(c, seq, "yours"), api.ReasonForbidden) // not even the owner
	w.refused(cleo.edit(c, seq, "theirs"), api.ReasonNotMember)
	w.refused(bob.edit(c, 1, "no message"), api.ReasonNoMessage)
	w.refused(bob.edit(c, 99, "not there"), api.ReasonNoMessage)
	w.pass(api.EditWindow)
	w.is(bob.edit(c, seq, "just in time"), api.MessageEdited)
	w.pass(time.Second)
	w.refused(bob.edit(c, seq, "too late"), api.ReasonTooLate)
	w.is(bob.delete(c, seq), api.MessageGone) // that has no window
	equal(t, "as read", ada.reads(c), "2 (deleted) by bob")
}

func TestTheWindowIsConfigurable(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	w.window = time.Minute
	w.serve(w.db)
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "one"), api.MessageSent).Conversation
	w.pass(time.Minute + time.Millisecond)
	w.refused(ada.edit(c, 1, "two"), api.ReasonTooLate)
}

// Promise B holds for edits, too: they are read like messages.
func TestABlockedPersonCannotEditButCanDelete(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "hello"), api.MessageSent).Conversation
	w.is(bob.block(ada), api.BlockSet)
	w.refused(ada.edit(c, 1, "still there?"), api.ReasonUnavailable)
	w.is(ada.delete(c, 1), api.MessageGone)
	equal(t, "as read", bob.reads(c), "1 (deleted) by ada")
}

func TestADeletedTextIsNowhere(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "secret one"), api.MessageSent).Conversation
	w.is(ada.edit(c, 1, "secret two"), api.MessageEdited)
	sent := ada.edit(c, 1, "secret three")
	w.is(sent, api.MessageEdited)
	w.refused(bob.delete(c, 1), api.ReasonForbidden) // in a direct conversation nobody else
	equal(t, "before", w.stored(c, "secret"), true)
	e := ada.delete(c, 1)
	r := w.is(e, api.MessageGone)
	equal(t, "seq", r.Seq, 4)
	equal(t, "after", w.stored(c, "secret"), false)
	equal(t, "as read", bob.reads(c), "1 (deleted) by ada")
	equal(t, "told again", w.stored(c, "secret"), false)
	for _, again := range w.decide(sent) { // an edit that comes again must not bring the text back
		if strings.Contains(string(again.Frame), "secret") {
			t.Errorf("told again: %s", again.Frame)
		}
	}
	w.refused(ada.delete(c, 1), api.ReasonNoMessage)
	w.refused(ada.edit(c, 1, "risen"), api.ReasonNoMessage)
	w.refused(bob.ask(api.Action{Type: api.ReportMessage, Conversation: c, Target: 1}), api.ReasonNoMessage)
}

func TestOwnersAndAdminsDeleteInGroups(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	one := w.is(cleo.post(c, "one"), api.MessageSent).Seq
	two := w.is(ada.post(c, "two"), api.MessageSent).Seq
	w.refused(bob.delete(c, one), api.ReasonForbidden)
	w.is(ada.setRole(c, bob, api.Admin), api.MemberRanked)
	w.is(bob.delete(c, one), api.MessageGone)
	w.is(bob.delete(c, two), api.MessageGone)
	equal(t, "as read", cleo.reads(c), "2 (deleted) by bob, 3 (deleted) by bob")
}

// What happened while one was away is not read, nor what came after one left.
func TestEditsOutsideTheOwnIntervalsAreNotRead(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := ada.group(bob)
	seq := w.is(ada.post(c, "first"), api.MessageSent).Seq
	w.is(ada.edit(c, seq, "second"), api.MessageEdited)
	w.is(bob.leave(c), api.MemberLeft)
	w.is(ada.edit(c, seq, "third"), api.MessageEdited)
	equal(t, "who left reads", bob.reads(c), "2 second (edited at 3)")
	w.is(ada.add(c, bob), api.MemberAdded)
	equal(t, "back again", bob.reads(c), "2 second (edited at 3)")
	fourth := w.is(ada.edit(c, seq, "fourth"), api.MessageEdited).Seq
	equal(t, "after that", bob.reads(c), fmt.Sprintf("2 fourth (edited at %d)", fourth))
	w.is(bob.leave(c), api.MemberLeft)
	w.is(ada.delete(c, seq), api.MessageGone)
	equal(t, "the text is gone for everybody, who did it is not told", bob.reads(c), "2 (deleted)")
}

// The count would be of a message that the late member cannot find.
func TestAnEditMentionsOnlyWhoSeesTheMessage(t *testing.T) {
	for history, want := range map[api.History]int64{api.SinceJoin: 0, api.All: 1} {
		w := newWorld(t, chat.Faults{})
		ada, late := w.person("ada"), w.person("late")
		c := w.is(ada.ask(api.Action{Type: api.CreateGroup, Name: "ops", History: history}), api.GroupCreated).Conversation
		seq := w.is(ada.post(c, "hi"), api.MessageSent).Seq
		w.is(ada.add(c, late), api.MemberAdded)
		w.is(ada.edit(c, seq, "hi @late", late), api.MessageEdited)
		equal(t, "mentions, "+string(history), late.head(c).Mentions, want)
	}
}

func TestEditsAddAndTakeBackMentions(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	e := ada.post(c, "hi @bob")
	e.Mentions = []api.UserID{bob.id}
	seq := w.is(e, api.MessageSent).Seq
	mentions := func(p *person) int64 { return p.head(c).Mentions }
	equal(t, "bob", mentions(bob), 1)
	version := func(p *person) int64 { v, err := w.chat.Version(w.ctx, p.id); w.check(err); return v }
	before := version(bob)
	w.is(ada.edit(c, seq, "hi @cleo", cleo), api.MessageEdited)
	equal(t, "bob", mentions(bob), 0)
	equal(t, "cleo", mentions(cleo), 1)
	equal(t, "bob's other devices learn of it", version(bob), before+1)
	ch, err := w.chat.Changes(w.ctx, bob.id, before, 10)
	w.check(err)
	equal(t, "changed heads", len(ch.Heads), 1)
	w.decide(&topic.Envelope{Mark: &topic.Mark{Conversation: c, Person: cleo.id, Read: cleo.head(c).LastSeq}})
	equal(t, "cleo has read", mentions(cleo), 0)
	w.is(ada.edit(c, seq, "hi @cleo and @bob", cleo, bob), api.MessageEdited)
	equal(t, "still mentioned is not mentioned anew", mentions(cleo), 0)
	equal(t, "bob", mentions(bob), 1)
	w.is(ada.delete(c, seq), api.MessageGone)
	equal(t, "bob", mentions(bob), 0)
}
