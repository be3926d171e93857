package link_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/link"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// session is a link whose commands are run as Bubble Tea would.
type session struct {
	t    *testing.T
	link *link.Link
	ran  chan struct{}
	stop context.CancelFunc
}

func open(t *testing.T, url, token string, out *outbox.Outbox) *session {
	t.Helper()
	c, err := client.New(client.Config{Server: url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &session{t: t, link: link.Open(ctx, c, out, nil), ran: make(chan struct{}), stop: stop}
	go func() {
		defer close(s.ran)
		s.link.Run()
	}()
	t.Cleanup(func() {
		stop()
		<-s.ran
		c.Close()
	})
	return s
}

// until reads frames until ok is true of an event.
func (s *session) until(ok func(stream.Event) bool) {
	s.t.Helper()
	late := time.AfterFunc(time.Minute, s.stop)
	defer late.Stop()
	for {
		f, going := s.link.Next().(link.Frame)
		if !going {
			s.t.Fatal("it did not come")
		}
		for _, e := range f.Events {
			if ok(e) {
				return
			}
		}
	}
}

func live(e stream.Event) bool {
	st, ok := e.(stream.State)
	return ok && st.Phase == stream.Live
}

func run(cmd tea.Cmd) tea.Msg {
	msg := cmd()
	if a, ok := msg.(link.Answer); ok {
		return a.Msg
	}
	return msg
}

func TestWhatIsSentKeepsTheOrderOfTheCallsWhateverTheCommandsDo(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	s := open(t, srv.URL(), ada.Token, outbox.Memory())
	s.until(live)
	var cmds []tea.Cmd
	for i := range 20 {
		_, cmd := s.link.Send(api.Action{Type: api.SendMessage, To: "bob", Text: fmt.Sprint(i)})
		cmds = append(cmds, cmd)
	}
	for i := len(cmds) - 1; i >= 0; i-- { // commands run at once, in any order
		if msg := run(cmds[i]); msg != nil && len(msg.(tea.BatchMsg)) > 0 {
			t.Fatalf("not kept: %v", msg)
		}
	}
	n := 0
	var conv api.ConversationID
	s.until(func(e stream.Event) bool {
		if done, ok := e.(stream.Settled); ok {
			if done.Result.Outcome != api.MessageSent || done.Action.Text != fmt.Sprint(n) {
				t.Fatalf("%d: %+v", n, done)
			}
			n, conv = n+1, done.Result.Conversation
		}
		return n == 20
	})
	if p := run(s.link.History(conv, 21)).(link.Page); p.Err != nil || len(p.Page.Entries) != 20 {
		t.Errorf("%+v", p)
	}
	if p := run(s.link.History(conv, 5)).(link.Page); p.Err != nil || len(p.Page.Entries) != 4 {
		t.Errorf("%+v", p)
	}
	for _, seq := range []int64{1, 7, 20} {
		if one := run(s.link.Message(conv, seq)).(link.Single); one.Err != nil || one.Entry.Seq != seq {
			t.Errorf("message %d: %+v", seq, one)
		}
	}
	if none := run(s.link.Message(conv, 99)).(link.Single); none.Err != nil || none.Entry.Seq != 0 {
		t.Errorf("%+v", none)
	}
	m := run(s.link.People(conv)).(link.Members)
	if m.Err != nil || len(m.Members) != 2 {
		t.Errorf("%+v", m)
	}
}

// shown is what of a log people see, in the order in which history tells it.
func (s *session) shown(c api.ConversationID, before int64) (kinds []api.EntryKind, pages int) {
	s.t.Helper()
	for more := true; more; pages++ {
		p := run(s.link.History(c, before)).(link.Page)
		if p.Err != nil || p.Page.Next >= before {
			s.t.Fatalf("before %d: %+v", before, p)
		}
		var these []api.EntryKind
		for _, e := range p.Page.Entries {
			these = append(these, e.Kind)
		}
		kinds = append(these, kinds...)
		before, more = p.Page.Next, p.Page.More
	}
	return kinds, pages
}

func TestHistoryTellsWhatHappenedAmongTheMessages(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	conv := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	ada.Must(api.Action{Type: api.SendMessage, Conversation: conv, Text: "one"})
	ada.Must(api.Action{Type: api.RenameGroup, Conversation: conv, Name: "the ops"})
	ada.Must(api.Action{Type: api.SendMessage, Conversation: conv, Text: "two"})
	bob.Must(api.Action{Type: api.LeaveGroup, Conversation: conv})
	s := open(t, srv.URL(), ada.Token, outbox.Memory())
	want := []api.EntryKind{api.EntryCreate, api.EntryMessage, api.EntryRename, api.EntryMessage, api.EntryMember}
	if got, _ := s.shown(conv, 6); !slices.Equal(got, want) {
		t.Errorf("ada has %v", got)
	}
	ada.Must(api.Action{Type: api.SendMessage, Conversation: conv, Text: "without bob"})
	ada.Must(api.Action{Type: api.AddMember, Conversation: conv, To: "bob"})
	b := open(t, srv.URL(), bob.Token, outbox.Memory())
	p := run(b.link.History(conv, 8)).(link.Page)
	if p.Err != nil || len(p.Page.Entries) != 6 || p.Page.Entries[5].Kind != api.EntryMember || len(p.Page.Withheld) != 1 || p.Page.Withheld[0].From != 6 {
		t.Errorf("bob has %+v", p)
	}
}

func TestHistoryIsReadInPartsWhereMuchHappenedBetweenMessages(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	conv := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops"}).Conversation
	ada.Must(api.Action{Type: api.SendMessage, Conversation: conv, Text: "one"})
	s := open(t, srv.URL(), ada.Token, outbox.Memory())
	s.until(live)
	const parts, renames = 11, 50
	for range parts { // each has its minute
		for i := range renames {
			_, cmd := s.link.Send(api.Action{Type: api.RenameGroup, Conversation: conv, Name: fmt.Sprint("ops ", i%2)})
			run(cmd)
		}
		n := 0
		s.until(func(e stream.Event) bool {
			if _, ok := e.(stream.Settled); ok {
				n++
			}
			return n == renames
		})
	}
	if got, pages := s.shown(conv, 553); len(got) != 552 || pages != 2 {
		t.Errorf("%d entries on %d pages", len(got), pages)
	}
}

func TestAnActionThatCannotBeKeptIsTold(t *testing.T) {
	s := open(t, "http://127.0.0.1:1", "none", outbox.Memory())
	_, cmd := s.link.Send(api.Action{Type: api.SendMessage, To: "no handle!", Text: "x"})
	all, _ := run(cmd).(tea.BatchMsg)
	if len(all) != 1 {
		t.Fatal("nothing was told")
	}
	if u := run(all[0]).(link.Unkept); u.Err == nil || u.Action.Text != "x" {
		t.Errorf("%+v", u)
	}
}

func TestWhatTheServerDoesNotHaveCanBeDropped(t *testing.T) {
	out := outbox.Memory()
	s := open(t, "http://127.0.0.1:1", "none", out)
	id, cmd := s.link.Send(api.Action{Type: api.SendMessage, To: "bob", Text: "x"})
	run(cmd)
	if len(s.link.Outbox()) != 1 {
		t.Fatal("it was not kept")
	}
	if d := run(s.link.Drop(id)).(link.Dropped); !d.OK || len(s.link.Outbox()) != 0 {
		t.Errorf("%+v", d)
	}
	if d := run(s.link.Drop(id)).(link.Dropped); d.OK {
		t.Error("it was dropped twice")
	}
}

func TestFramesGatherWhatArrives(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	s := open(t, srv.URL(), bob.Token, outbox.Memory())
	s.until(live)
	const n = 40
	for i := range n {
		ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: fmt.Sprint(i)})
	}
	began, frames, last := time.Now(), 0, int64(0)
	for last < n {
		f, going := s.link.Next().(link.Frame)
		if !going {
			t.Fatal("the link ended")
		}
		frames++
		for _, e := range f.Events {
			switch e := e.(type) {
			case stream.Arrived:
				last = max(last, e.Head.LastOrd)
			case stream.HeadMoved:
				last = max(last, e.Head.LastOrd)
			}
		}
	}
	if most := int(time.Since(began)/(time.Second/31)) + 2; frames > most {
		t.Errorf("%d frames in %v", frames, time.Since(began))
	}
}

func TestAnExportIsANewFileOrNone(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	s := open(t, srv.URL(), ada.Token, outbox.Memory())
	path := filepath.Join(t.TempDir(), "export.jsonl")
	if e := run(s.link.Export(path)).(link.Exported); e.Err != nil {
		t.Fatal(e.Err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() == 0 {
		t.Fatal(info, err)
	}
	if e := run(s.link.Export(path)).(link.Exported); e.Err == nil {
		t.Error("a file was overwritten")
	}
	srv.Stop()
	other := filepath.Join(t.TempDir(), "other")
	if e := run(s.link.Export(other)).(link.Exported); e.Err == nil {
		t.Error("an export without a server")
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("a broken export was left")
	}
}
