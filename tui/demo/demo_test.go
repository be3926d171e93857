package demo_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/demo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// visit moves people into a server and looks in as their guest, until the test ends.
// The guest is connected when it returns: what came before is told by no event.
func visit(t *testing.T) (c *client.Client, events chan stream.Event) {
	t.Helper()
	srv := servertest.Start(t, servertest.Options{Limits: true})
	socket, err := embedded.FindAdminSocket(srv.Data())
	if err != nil {
		t.Fatal(err)
	}
	admin := adminapi.New(socket)
	t.Cleanup(admin.Close)
	people, err := demo.Move(t.Context(), demo.Config{Server: srv.URL(), Admin: admin, Beat: time.Millisecond, Log: slog.New(slog.NewTextHandler(complaint{t}, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(people.Close)
	if c, err = client.New(client.Config{Server: srv.URL(), Token: people.Guest.Token}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	events = make(chan stream.Event, 4096)
	live := make(chan struct{})
	connected := sync.OnceFunc(func() { close(live) })
	since := func(h api.Head, appeared bool) (int64, bool) { // what came while the connection was lost, too
		if appeared {
			return 0, true
		}
		return h.LastSeq, true
	}
	s := stream.New(c, stream.Config{Follow: since, Handle: func(e stream.Event) {
		if st, ok := e.(stream.State); ok && st.Phase == stream.Live {
			connected()
		}
		select {
		case events <- e:
		default:
			t.Error("too many events")
		}
	}})
	run(t, people.Run)
	run(t, s.Run)
	select {
	case <-live:
	case <-time.After(time.Minute):
		t.Fatal("the guest is not connected")
	}
	return c, events
}

// complaint is a log in which nothing should be written: what people want to say is sent.
type complaint struct{ t *testing.T }

func (c complaint) Write(b []byte) (int, error) {
	c.t.Errorf("%s", b)
	return len(b), nil
}

// run runs f until the test ends, and waits for it.
func run(t *testing.T, f func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// await takes events until all of what is wanted has come.
func await(t *testing.T, events chan stream.Event, want map[string]func(stream.Event) bool) {
	t.Helper()
	late := time.After(time.Minute)
	for len(want) > 0 {
		select {
		case e := <-events:
			for what, is := range want {
				if is(e) {
					delete(want, what)
				}
			}
		case <-late:
			for what := range want {
				t.Errorf("there was no %s", what)
			}
			return
		}
	}
}

func arrived(kind api.EntryKind, is func(api.MessageBody) bool) func(stream.Event) bool {
	return func(e stream.Event) bool {
		a, ok := e.(stream.Arrived)
		if !ok || a.Entry.Kind != kind || a.Entry.Sender == a.Head.Me {
			return false
		}
		body, err := api.DecodeTolerant[api.MessageBody](a.Entry.Body)
		return err == nil && is(body)
	}
}

func TestTheGuestFindsConversationsWithSomethingUnread(t *testing.T) {
	c, _ := visit(t)
	heads, err := c.Conversations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, h := range heads {
		names[h.Name+h.Peer] = true
		if h.LastOrd < 2 {
			t.Errorf("%s%s has only %d messages", h.Name, h.Peer, h.LastOrd)
		}
	}
	for _, want := range []string{"lobby", "ops", "books", "ada"} {
		if !names[want] {
			t.Errorf("%v has no %s", names, want)
		}
	}
}

func TestPeopleTalkOnceTheGuestIsThere(t *testing.T) {
	_, events := visit(t)
	await(t, events, map[string]func(stream.Event) bool{
		"mention": arrived(api.EntryMessage, func(m api.MessageBody) bool { return len(m.Mentions) > 0 }),
		"edit":    arrived(api.EntryEdit, func(api.MessageBody) bool { return true }),
		"typing":  func(e stream.Event) bool { _, ok := e.(stream.Typing); return ok },
	})
}

func TestAllThatPeopleWantToSayIsSaid(t *testing.T) {
	_, events := visit(t)
	await(t, events, map[string]func(stream.Event) bool{
		"quiz":      arrived(api.EntryMessage, func(m api.MessageBody) bool { return strings.Contains(m.Text, "Quiz of the day") }),
		"last word": arrived(api.EntryMessage, func(m api.MessageBody) bool { return strings.Contains(m.Text, "stay as long as you like") }),
	})
}

func TestWhoIsWrittenToReplies(t *testing.T) {
	c, events := visit(t)
	r, err := c.Action(t.Context(), "", api.Action{Type: api.SendMessage, To: "ada", Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	await(t, events, map[string]func(stream.Event) bool{
		"reply": arrived(api.EntryMessage, func(m api.MessageBody) bool { return m.ReplyTo == r.Seq && strings.Contains(m.Text, "Hello") }),
	})
}

func TestInAGroupAllReadAndTheOneWhoIsNamedAnswers(t *testing.T) {
	c, events := visit(t)
	g, err := c.Action(t.Context(), "", api.Action{Type: api.CreateGroup, Name: "new", Members: []string{"grace", "linus"}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Action(t.Context(), "", api.Action{Type: api.SendMessage, Conversation: g.Conversation, Text: "hello @linus"})
	if err != nil {
		t.Fatal(err)
	}
	members, err := c.Members(t.Context(), g.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	handles := map[api.MemberID]string{}
	for _, m := range members {
		handles[m.Member] = m.Handle
	}
	reads := func(e stream.Event) bool {
		m, ok := e.(stream.Marks)
		return ok && m.Conversation == g.Conversation && handles[m.Member] == "grace" && m.Read >= r.Seq
	}
	await(t, events, map[string]func(stream.Event) bool{"mark of grace": reads, "answer of linus": func(e stream.Event) bool {
		a, ok := e.(stream.Arrived)
		if !ok || a.Entry.Conversation != g.Conversation || a.Entry.Seq <= r.Seq {
			return false
		}
		if who := handles[a.Entry.Sender]; who != "linus" {
			t.Errorf("%q answered", who)
		}
		return true
	}})
}

func TestPeopleWithoutAServerEndWithTheirContext(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	srv := servertest.Start(t, servertest.Options{})
	socket, err := embedded.FindAdminSocket(srv.Data())
	if err != nil {
		t.Fatal(err)
	}
	admin := adminapi.New(socket)
	people, err := demo.Move(t.Context(), demo.Config{Server: srv.URL(), Admin: admin, Beat: time.Millisecond, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	admin.Close()
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- people.Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	people.Close()
}

func TestTheOneWhoIsAskedByAnotherAnswers(t *testing.T) {
	c, events := visit(t)
	g, err := c.Action(t.Context(), "", api.Action{Type: api.CreateGroup, Name: "new", Members: []string{"grace", "linus"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Action(t.Context(), "", api.Action{Type: api.SendMessage, Conversation: g.Conversation, Text: "@grace, why is the sky blue?"}); err != nil {
		t.Fatal(err)
	}
	await(t, events, map[string]func(stream.Event) bool{
		"question to linus": arrived(api.EntryMessage, func(m api.MessageBody) bool { return strings.Contains(m.Text, "What do you think, @linus?") }),
		"word of linus":     arrived(api.EntryMessage, func(m api.MessageBody) bool { return strings.Contains(m.Text, "Works on my machine") }),
	})
}

func TestTheGuestHasReadSomeAndNotAll(t *testing.T) {
	c, _ := visit(t)
	heads, err := c.Conversations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		if "#"+h.Name == demo.Begin && (h.ReadOrd == 0 || h.ReadOrd >= h.LastOrd) {
			t.Errorf("%d of %d messages are read", h.ReadOrd, h.LastOrd)
		}
	}
}
