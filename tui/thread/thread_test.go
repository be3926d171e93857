package thread_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/thread/render"
	"github.com/chatctl/chatctl/tui/widget"
)

// The people of the tests, and their conversation.
var (
	ada, bob, eve = api.NewMemberID(), api.NewMemberID(), api.NewMemberID()
	ops           = api.NewConversationID()
	noon          = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
)

// talk is a thread with what it has asked for.
type talk struct {
	t *testing.T
	thread.Model
	said []tea.Msg
}

// begin is ada's thread of the group ops.
func begin(t *testing.T, width, height int) *talk {
	theme := widget.NewTheme(widget.Terminal{Colours: widget.Colours256})
	x := &talk{t: t, Model: thread.New(
		thread.Config{Theme: theme, Markup: markup.New(theme), Me: "ada"},
		api.Head{Conversation: ops, Kind: api.Group, Me: ada, Role: api.Plain, LastSeq: 1000})}
	x.run(x.Init())
	x.Model = x.SetSize(width, height).SetMembers([]api.Member{
		{Member: ada, Handle: "ada", Membership: api.Present}, {Member: bob, Handle: "bob", Membership: api.Present}, {Member: eve, Handle: "eve", Membership: api.Present}})
	return x
}

// run keeps what a command says.
func (x *talk) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if batch, ok := msg.(tea.BatchMsg); ok {
		for _, c := range batch {
			x.run(c)
		}
		return
	}
	x.said = append(x.said, msg)
}

// heard returns what was said of M's type since the last time.
func heard[M tea.Msg](x *talk) (found []M) {
	rest := x.said[:0]
	for _, msg := range x.said {
		if m, ok := msg.(M); ok {
			found = append(found, m)
		} else {
			rest = append(rest, msg)
		}
	}
	x.said = rest
	return found
}

func (x *talk) arrive(entries ...api.Entry) {
	m, cmd := x.Arrive(entries)
	x.Model = m
	x.run(cmd)
}

func (x *talk) history(p api.Page) {
	m, cmd := x.History(p)
	x.Model = m
	x.run(cmd)
}

func (x *talk) do(actions ...keymap.Action) {
	for _, a := range actions {
		m, cmd := x.Do(a)
		x.Model = m
		x.run(cmd)
	}
}

func (x *talk) write(s string) {
	for _, r := range s {
		a, key := keymap.None, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
		if r == '\n' {
			a = keymap.Accept
		}
		m, cmd := x.Write(a, key)
		x.Model = m
		x.run(cmd)
	}
}

// screen is what is read, without blanks at line ends and lines above the first one.
func (x *talk) screen() string {
	lines := strings.Split(ansi.Strip(x.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

func (x *talk) shows(want string) {
	x.t.Helper()
	if got, want := x.screen(), strings.Trim(want, "\n"); got != want {
		x.t.Errorf("the screen is\n%s\nand not\n%s", got, want)
	}
}

func (x *talk) has(parts ...string) {
	x.t.Helper()
	for _, p := range parts {
		if !strings.Contains(x.screen(), p) {
			x.t.Errorf("%q is not on the screen:\n%s", p, x.screen())
		}
	}
}

func (x *talk) lacks(parts ...string) {
	x.t.Helper()
	for _, p := range parts {
		if strings.Contains(x.screen(), p) {
			x.t.Errorf("%q is on the screen:\n%s", p, x.screen())
		}
	}
}

// message is one of seq, sent seq seconds after noon.
func message(seq int64, from api.MemberID, text string) api.Entry {
	return entry(seq, from, api.EntryMessage, api.MessageBody{Text: text})
}

func entry(seq int64, from api.MemberID, kind api.EntryKind, body any) api.Entry {
	id := api.ActionID{byte(seq), byte(seq >> 8), byte(seq >> 16), 1}
	return api.Entry{Conversation: ops, Seq: seq, Ord: seq, Kind: kind, Sender: from, Action: id,
		Time: api.TimeOf(noon.Add(time.Duration(seq) * time.Second)), Body: api.Encode(body)}
}

func at(e api.Entry, when time.Time) api.Entry {
	e.Time = api.TimeOf(when)
	return e
}

// page is the history from one seq to another, bob's; more tells whether there is any before.
func page(from, to int64, more bool) api.Page {
	p := api.Page{Conversation: ops, Next: from, More: more}
	for seq := from; seq <= to; seq++ {
		p.Entries = append(p.Entries, message(seq, bob, fmt.Sprint("text ", seq)))
	}
	return p
}

func TestAConversationIsReadFromTopToBottom(t *testing.T) {
	x := begin(t, 40, 23)
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{
		message(2, bob, "hello **all**"),
		message(3, bob, "and again"),
		message(4, ada, "hi @bob"),
		entry(5, bob, api.EntryMessage, api.MessageBody{Text: "fine", ReplyTo: 2}),
		at(message(8, bob, "much later"), noon.Add(20*time.Minute)),
		at(message(9, bob, "/me sleeps"), noon.Add(24*time.Hour)),
	}})
	x.arrive(
		entry(1, bob, api.EntryCreate, api.CreateBody{Name: "ops", Members: []api.MemberID{bob, ada}}),
		entry(6, bob, api.EntryMember, api.MemberBody{Change: api.Added, Member: eve}),
		entry(7, bob, api.EntryRename, api.RenameBody{Name: "o\x1bps"}))
	x.shows(`
── the beginning of the conversation ───
── Tue 24 Nov 2026 ─────────────────────
· @bob made the group "ops" with @ada
@bob  12:00
  hello all
  and again
@ada  12:00
  hi @bob               read by 1 of 2 ✓
@bob  12:00
  ╭ @bob: hello all
  fine
· @bob added @eve
· @bob named the group "o\x1bps"
@bob  12:20
  much later
── Wed 25 Nov 2026 ─────────────────────
@bob  12:00
  * @bob sleeps`)
}

func TestWhatBecomesOfAMessageIsShown(t *testing.T) {
	x := begin(t, 50, 20)
	x.history(api.Page{Conversation: ops, Next: 2, More: true, Entries: []api.Entry{
		message(2, bob, "first"), message(3, bob, "second"), message(4, eve, "third"),
		entry(5, eve, api.EntryMessage, api.MessageBody{Text: "fourth", ReplyTo: 2}), message(6, eve, "fifth")}})
	x.arrive(entry(7, bob, api.EntryEdit, api.EditBody{Target: 2, Text: "first, better"}))
	x.has("first, better (edited)", "╭ @bob: first, better")
	x.arrive(entry(8, bob, api.EntryDelete, api.DeleteBody{Target: 2}), entry(9, bob, api.EntryDelete, api.DeleteBody{Target: 4}))
	x.has("deleted\n", "deleted by @bob", "╭ @bob: deleted")
	x.lacks("better", "third")
	x.arrive(entry(10, eve, api.EntryErase, api.EraseBody{Member: eve, Left: true}))
	x.has("· @eve is no longer here, and all their messages\n  are erased")
	x.lacks("fourth", "fifth")
	x.arrive(entry(8, bob, api.EntryEdit, api.EditBody{Target: 2, Text: "late"}), message(3, bob, "twice"))
	x.lacks("late", "twice")
}

func TestAnEditThatCameBeforeItsMessageIsNotLost(t *testing.T) {
	x := begin(t, 40, 10)
	x.arrive(entry(5, bob, api.EntryEdit, api.EditBody{Target: 2, Text: "newer"}), entry(6, bob, api.EntryDelete, api.DeleteBody{Target: 3}))
	x.history(page(1, 4, false))
	x.has("newer (edited)", "text 1", "text 4", "deleted")
	x.lacks("text 2", "text 3")
}

func TestTheNewLineStandsAboveTheFirstMessageOfOthers(t *testing.T) {
	x := begin(t, 40, 20)
	x.Model = x.MarkNew(2)
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{message(1, bob, "old"), message(2, bob, "seen"), message(3, ada, "mine"), message(4, bob, "unseen")}})
	x.shows(`
── the beginning of the conversation ───
── Tue 24 Nov 2026 ─────────────────────
@bob  12:00
  old
  seen
@ada  12:00
  mine                  read by 1 of 2 ✓
── new ─────────────────────────────────
@bob  12:00
  unseen`)
	x.arrive(message(5, bob, "more"))
	if n := strings.Count(x.screen(), "── new"); n != 1 {
		t.Errorf("%d new lines", n)
	}
	x.Model = x.MarkNew(5)
	x.lacks("── new")
	x.arrive(message(6, bob, "newest"))
	x.has("── new ─────────────────────────────────\n@bob  12:00\n  newest")
	x.Model = x.MarkNew(-1)
	x.lacks("── new")
}

func TestMarksTellHowFarAnOwnMessageIs(t *testing.T) {
	x := begin(t, 50, 10)
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{message(1, ada, "one"), message(2, ada, "two")}})
	x.shows(`
── the beginning of the conversation ─────────────
── Tue 24 Nov 2026 ───────────────────────────────
@ada  12:00
  one                                            ✓
  two                                            ✓`)
	x.Model = x.Mark(bob, 2, 0).Mark(eve, 1, 1)
	x.has("one                                           ✓✓\n", "two                                            ✓")
	x.Model = x.Mark(eve, 2, 2)
	x.has("two                            read by 1 of 2 ✓✓")
	x.Model = x.Mark(bob, 2, 2).Mark(bob, 1, 1)
	x.has("two                                      read ✓✓")
	x.Model = x.SetMembers([]api.Member{{Member: ada, Membership: api.Present}})
	x.has("two                                            ✓")
}

func TestAPendingMessageIsShownUntilItHasItsPlace(t *testing.T) {
	x := begin(t, 50, 12)
	x.history(page(1, 1, false))
	e := message(2, ada, "one")
	wait := []render.Pending{{ID: e.Action, Text: "one"}, {ID: api.NewActionID(), Text: "two", Stage: render.Waiting, Why: "no connection"},
		{ID: api.NewActionID(), Text: "three", ReplyTo: 1, Stage: render.Failed, Why: "no such person"}}
	x.Model = x.SetPending(wait)
	x.shows(`
── the beginning of the conversation ─────────────
── Tue 24 Nov 2026 ───────────────────────────────
@bob  12:00
  text 1
@ada
  one                                            …
  two
  not sent yet: no connection
  ╭ @bob: text 1
  three
  not sent: no such person`)
	x.arrive(e)
	x.has("one                                            ✓")
	x.Model = x.SetPending(wait)
	if n := strings.Count(x.screen(), "one"); n != 1 {
		t.Errorf("it is shown %d times:\n%s", n, x.screen())
	}
	x.do(keymap.EnterSelect, keymap.Delete)
	if got := heard[thread.WantDrop](x); len(got) != 1 || got[0].Pending.Text != "three" {
		t.Errorf("%v", got)
	}
	x.do(keymap.Reply)
	if got := heard[thread.WantRetry](x); len(got) != 1 {
		t.Errorf("%v", got)
	}
	x.do(keymap.SelectUp, keymap.Reply)
	if got := heard[thread.Note](x); len(got) != 1 || got[0].Text != "that message is not sent yet" {
		t.Errorf("%v", got)
	}
	x.Model = x.SetPending(nil)
	x.lacks("three")
}

func TestWhyAMessageIsNotSentIsReadInFull(t *testing.T) {
	x := begin(t, 30, 12)
	p := render.Pending{ID: api.NewActionID(), Text: "hello", Stage: render.Failed, Why: "no such person, or they cannot be reached"}
	x.Model = x.SetPending([]render.Pending{p})
	x.has("  not sent: no such person,\n  or they cannot be reached")
	x.do(keymap.EnterSelect)
	x.Model = x.SetPending(nil)
	if x.Selecting() {
		t.Error("what was dropped is chosen")
	}
	p.Why = strings.Repeat("long ", 100)
	x.Model = x.SetPending([]render.Pending{p})
	if n := strings.Count(x.screen(), "\n"); n != 5 {
		t.Errorf("%d lines:\n%s", n, x.screen())
	}
}

func TestWhatBlockedPeopleWriteIsFolded(t *testing.T) {
	x := begin(t, 50, 12)
	x.history(api.Page{Conversation: ops, Next: 1, Entries: []api.Entry{message(1, bob, "hello"), message(2, eve, "insult"),
		entry(3, bob, api.EntryMessage, api.MessageBody{Text: "stop", ReplyTo: 2})}})
	x.Model = x.SetBlocked([]string{"eve"}).SetTyping([]string{"eve", "bob", "ada"})
	x.has("  · a message of @eve, whom you block", "╭ @eve: …", "@bob is writing …")
	x.lacks("insult")
	x.Model = x.SetBlocked(nil).SetTyping(nil)
	x.has("insult")
	x.lacks("writing")
}

func TestUnknownPeopleAndRootsAreAskedForOnce(t *testing.T) {
	x := begin(t, 40, 12)
	stranger := api.NewMemberID()
	x.history(api.Page{Conversation: ops, Next: 10, More: true, Entries: []api.Entry{
		entry(10, stranger, api.EntryMessage, api.MessageBody{Text: "hi", ReplyTo: 3}), message(11, stranger, "ho")}})
	x.has("member "+stranger.String()[:8], "╭ an earlier message")
	x.arrive(message(12, stranger, "hu"))
	if got := heard[thread.WantMembers](x); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := heard[thread.WantMessage](x); !reflect.DeepEqual(got, []thread.WantMessage{{ops, 3}}) {
		t.Errorf("%v", got)
	}
	x.Model = x.Root(3, message(3, bob, "\n> *the* root\nmore"))
	x.Model = x.SetMembers([]api.Member{{Member: stranger, Handle: "mallory"}, {Member: bob, Handle: "bob"}})
	x.has("@mallory  12:00", "╭ @bob: the root")
}

func TestWhatMayNotBeReadIsToldAndNotAGap(t *testing.T) {
	x := begin(t, 40, 12)
	p := page(20, 21, false)
	p.Entries = append(p.Entries, message(31, bob, "after"))
	p.Withheld = []api.Withheld{{From: 1, To: 19}, {From: 22, To: 30}}
	x.history(p)
	x.shows(`
── you can read from here on ───────────
── Tue 24 Nov 2026 ─────────────────────
@bob  12:00
  text 20
  text 21
· 9 entries that you may not read
@bob  12:00
  after`)
}

func TestOneIsNotToldAsSeveral(t *testing.T) {
	x := begin(t, 40, 12)
	p := page(21, 21, false)
	p.Entries = append(p.Entries, message(23, bob, "after"))
	p.Withheld = []api.Withheld{{From: 1, To: 20}, {From: 22, To: 22}}
	x.history(p)
	x.has("· an entry that you may not read")

	x = begin(t, 90, 12)
	members := []api.Member{{Member: bob, Handle: "bob"}}
	made := api.CreateBody{Name: "ops", Members: []api.MemberID{bob}}
	for _, handle := range []string{"p1", "p2", "p3", "p4", "p5", "p6"} {
		members = append(members, api.Member{Member: api.NewMemberID(), Handle: handle})
		made.Members = append(made.Members, members[len(members)-1].Member)
	}
	x.Model = x.SetMembers(members)
	x.history(api.Page{Conversation: ops, Next: 1})
	x.arrive(entry(1, bob, api.EntryCreate, made))
	x.has(`@bob made the group "ops" with @p1, @p2, @p3, @p4, @p5, @p6`)
}
