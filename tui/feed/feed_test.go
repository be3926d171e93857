package feed_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/tui/feed"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/rail"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/widget"
)

var (
	ops  = api.NewConversationID()
	me   = api.NewMemberID()
	bob  = api.NewMemberID()
	noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
)

// begin is ada's feed, whose questions nobody answers but the test.
func begin(t *testing.T, first string) *feed.Feed {
	t.Helper()
	c, err := client.New(client.Config{Server: "http://127.0.0.1:1", Token: "token"})
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(t.Context())
	end()
	theme := widget.NewTheme(widget.Terminal{})
	f := feed.New(thread.Config{Theme: theme, Markup: markup.New(theme), Me: "ada"}, first)
	f.Follow(link.Open(life, c, outbox.Memory(), slog.New(slog.DiscardHandler)), nil, "")
	f.Resize(60, 10)
	return f
}

func head(c api.ConversationID, name string, last int64) api.Head {
	return api.Head{Conversation: c, Kind: api.Group, Name: name, Me: me, Membership: api.Present, LastSeq: last, LastOrd: last}
}

func said(c api.ConversationID, name string, seq int64, text string) stream.Arrived {
	return stream.Arrived{Head: head(c, name, seq), Entry: api.Entry{
		Conversation: c, Seq: seq, Ord: seq, Kind: api.EntryMessage, Sender: bob, Time: api.TimeOf(noon),
		Action: api.NewActionID(), Body: api.Encode(api.MessageBody{Text: text}),
	}}
}

// show takes events as a screen does that somebody looks at.
func show(f *feed.Feed, events ...stream.Event) (rings int) {
	for _, e := range events {
		if n := f.Take(e, noon); n.Visit != nil {
			f.Show(n.Visit)
		}
	}
	return len(f.Flush(true).Rings)
}

func TestTheConversationThatWasAskedForIsVisitedWhenItsHeadComes(t *testing.T) {
	f := begin(t, "#ops")
	show(f, stream.HeadMoved{Head: head(api.NewConversationID(), "dev", 1)})
	if f.Open != nil {
		t.Fatalf("%s was opened", f.Open.Name())
	}
	show(f, stream.HeadMoved{Head: head(ops, "ops", 1)})
	if f.Open == nil || f.Open.Name() != "#ops" || f.Thread() == nil {
		t.Fatalf("%+v is open", f.Open)
	}
	made := api.NewConversationID()
	if room := f.Expect(made); room != nil {
		t.Fatalf("%s is known already", room.Name())
	}
	show(f, stream.HeadMoved{Head: head(made, "new", 1)})
	if f.Open.Name() != "#new" || f.Expect(ops) == nil {
		t.Errorf("%s is open", f.Open.Name())
	}
}

func TestEntriesComeToTheirThreadAndRingOnceAFrame(t *testing.T) {
	f := begin(t, "#ops")
	show(f, stream.HeadMoved{Head: head(ops, "ops", 1)})
	if rings := show(f, said(ops, "ops", 2, "two"), said(ops, "ops", 3, "three")); rings != 2 {
		t.Errorf("%d ring", rings)
	}
	if rings := show(f); rings != 0 {
		t.Errorf("%d ring again", rings)
	}
	if last, ok := f.Thread().Thread.Last(false); !ok || last.Text != "three" {
		t.Errorf("the last is %+v", last)
	}
}

func TestAThreadThatIsFarBehindBeginsAnew(t *testing.T) {
	f := begin(t, "#ops")
	show(f, stream.HeadMoved{Head: head(ops, "ops", 1)}, said(ops, "ops", 2, "two"))
	first := f.Thread()
	show(f, stream.HeadMoved{Head: head(ops, "ops", 502)})
	if f.Thread() != first {
		t.Fatal("500 entries are pulled")
	}
	n := f.Take(stream.HeadMoved{Head: head(ops, "ops", 503)}, noon)
	if f.Thread() == first {
		t.Fatal("501 entries are to be pulled")
	}
	if want, ok := n.Cmd().(thread.WantHistory); !ok || want.Conversation != ops {
		t.Errorf("it begins with %+v", want)
	}
}

func TestWhoIsThereIsForgottenWithoutAConnection(t *testing.T) {
	f := begin(t, "")
	live, lost := stream.State{Phase: stream.Live}, stream.State{Phase: stream.Offline, Retry: noon}
	there := stream.Presence{People: []api.Presence{{Handle: "bob", Online: true}}}
	direct := stream.HeadMoved{Head: api.Head{Conversation: ops, Kind: api.Direct, Peer: "bob", Me: me, Membership: api.Present}}
	for _, c := range []struct {
		events []stream.Event
		want   rail.Presence
	}{
		{[]stream.Event{live, direct, there}, rail.Here},
		{[]stream.Event{lost}, rail.Unknown},
		{[]stream.Event{live, there}, rail.Here}, // in the order in which they came
	} {
		show(f, c.events...)
		if got := f.Rooms.Items()[0].Presence; got != c.want {
			t.Errorf("%v, not %v", got, c.want)
		}
	}
}

func TestOfARestoredStoreNothingIsLeftButWhomOneWritesTo(t *testing.T) {
	f := begin(t, "#ops")
	show(f, stream.HeadMoved{Head: head(ops, "ops", 1)})
	if n := f.Take(stream.Reset{}, noon); !n.Reset || f.Open != nil || len(f.Rooms.Items()) != 0 {
		t.Errorf("%+v is open, and %d are known", f.Open, len(f.Rooms.Items()))
	}
	f.Show(f.Rooms.Direct("bob"))
	f.Take(stream.Reset{}, noon)
	if f.Open == nil || f.Open.Name() != "@bob" {
		t.Errorf("%+v is open", f.Open)
	}
}

func TestWhatWillNeverBeReadIsNotAskedForAgain(t *testing.T) {
	f := begin(t, "#ops")
	show(f, stream.State{Phase: stream.Live}, stream.HeadMoved{Head: head(ops, "ops", 1)})
	for _, c := range []struct {
		why   error
		again bool
	}{
		{api.NewProblem("forbidden", ""), false}, {errors.New("the line was cut"), true},
	} {
		for _, msg := range []tea.Msg{
			link.Page{Conversation: ops, Err: c.why}, link.Single{Conversation: ops, Seq: 1, Err: c.why}, link.Members{Conversation: ops, Err: c.why},
		} {
			if n, ours := f.Update(msg); !ours || (n.Cmd != nil) != c.again {
				t.Errorf("%T, %v: asked again %v", msg, c.why, n.Cmd != nil)
			}
		}
	}
	show(f, stream.State{Phase: stream.Offline, Retry: noon})
	if n, _ := f.Update(link.Page{Conversation: ops, Err: errors.New("no route")}); n.Cmd != nil {
		t.Error("without a connection it is asked for when there is one")
	}
}

func TestWhoLeftOrWasRemovedIsNotWritingAnyMore(t *testing.T) {
	for _, change := range []api.Change{api.Removed, api.Left, api.Ranked} {
		f := begin(t, "#ops")
		show(f, stream.HeadMoved{Head: head(ops, "ops", 1)})
		f.Update(link.Page{Conversation: ops, Page: api.Page{Next: 1}})
		f.Update(link.Members{Conversation: ops, Members: []api.Member{{Member: bob, Handle: "bob", Membership: api.Present}}})
		show(f, stream.Typing{Conversation: ops, Member: bob})
		if s := f.Thread().Thread.View(); !strings.Contains(s, "@bob is writing") {
			t.Fatalf("nobody writes:\n%s", s)
		}
		left := said(ops, "ops", 2, "")
		left.Entry.Kind, left.Entry.Sender, left.Entry.Body = api.EntryMember, me, api.Encode(api.MemberBody{Change: change, Member: bob})
		show(f, left)
		if s := f.Thread().Thread.View(); strings.Contains(s, "@bob is writing") != (change == api.Ranked) {
			t.Errorf("%s:\n%s", change, s)
		}
	}
}
