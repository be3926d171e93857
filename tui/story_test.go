package tui_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/tuitest"
)

// desk is a person's machine: profiles and files, over several runs.
type desk struct {
	t        *testing.T
	url      string
	dir      string
	editor   string   // what $EDITOR says
	opener   []string // of links
	mailbox  func(context.Context, string) func(context.Context) (string, error)
	keys     *keymap.Map
	guest    bool // nobody has a password
	alone    bool // no shell waits for the program
	profiles map[string]session.Account
	full     bool // no more can be kept
}

func newDesk(t *testing.T, url string) *desk {
	return &desk{t: t, url: url, dir: t.TempDir(), keys: noted(keymap.Default()), profiles: map[string]session.Account{}}
}

// keep is how sign-ins are kept in tests.
func (d *desk) keep(server, _ string, in api.SignedIn) (session.Account, error) {
	if d.full {
		return session.Account{}, errors.New("keeping the profile: no space left")
	}
	a := session.Account{Profile: in.Handle, Server: server, Handle: in.Handle, Token: in.Token, Dir: filepath.Join(d.dir, in.Handle)}
	d.profiles[in.Handle] = a
	return a, nil
}

// know makes a profile of a person who signed in elsewhere.
func (d *desk) know(p *servertest.Person) *desk {
	if _, err := d.keep(d.url, "", api.SignedIn{Token: p.Token, Handle: p.Handle}); err != nil {
		d.t.Fatal(err)
	}
	return d
}

// sit starts the program, as a profile, or with the forms where handle is "".
func (d *desk) sit(handle string, width, height int) *tuitest.Terminal {
	d.t.Helper()
	return tuitest.Start(d.t, width, height, func(out io.Writer) tea.Model {
		cfg := tui.Config{
			Server: d.url, Device: "test", Keep: d.keep, Mailbox: d.mailbox,
			Profile:  func(name string) (session.Account, error) { return d.profiles[name], nil },
			Profiles: func() ([]string, error) { return []string{"ada", "bob"}, nil },
			Chat: chat.Config{
				Keys: d.keys, Location: time.UTC, Exports: d.dir, Editor: d.editor, Opener: d.opener, Shell: !d.alone, Guest: d.guest,
				Signals: attention.Signals{Bell: true, OSC9: true, Terminal: out},
			},
		}
		if handle != "" {
			a := d.profiles[handle]
			cfg.Account = &a
		}
		return tui.New(context.WithoutCancel(d.t.Context()), cfg)
	})
}

// sent waits until an own message stands in the thread with its mark, and nothing
// is left in the outbox: the server has told all about it.
func sent(x *tuitest.Terminal, text string) {
	said := regexp.MustCompile(regexp.QuoteMeta(text) + ` .*✓`)
	x.AwaitThat(text+" with its mark", func(s string) bool { return said.MatchString(s) && !strings.Contains(s, "outbox") })
}

// look gives the window the focus or takes it, and waits until the program knows:
// keys come after it.
func look(x *tuitest.Terminal, here bool) {
	x.Focus(here)
	x.Type("so")
	x.Await("› so")
	x.Press("ctrl+u")
	x.AwaitGone("› so")
}

func TestTwoPeopleTalkAndSeeWhatIsReadAndUnread(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	a, b := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24), newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	a.Await("connected", "Welcome, @ada")
	b.Await("connected")
	a.Type("/dm @bob hello **bob**\n")
	sent(a, "hello bob")
	b.Await("@ada", "1 unread")
	b.AwaitThat("in its title how much is unread", func(string) bool { return b.Title() == "(1) @bob · chatctl" })
	b.Press("alt+a")
	b.Await("new", "hello bob")
	b.AwaitGone("1 unread")
	a.Await("read ✓✓")
	b.Type("hi @ada\n")
	a.Await("hi @ada")
	b.Await("read ✓✓")
}

func TestAGroupIsMadeAndLeft(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob, _ := srv.Person("ada"), srv.Person("bob"), srv.Person("eve")
	a, b := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 30), newDesk(t, srv.URL()).know(bob).sit("bob", 100, 30)
	a.Await("connected")
	b.Await("connected")
	a.Type("/group ops @bob\n")
	a.Await("#ops  2 people")
	a.Type("look here, @bob\n")
	b.Await("#ops", "@1")
	b.Press("alt+m")
	b.Await("look here, @bob")
	a.Type("/invite @eve\n")
	a.Await("3 people")
	b.Type("/rename the ops\n")
	b.Await("not renamed: you may not do this here", "› /rename the ops")
	b.Press("ctrl+u")
	b.Type("/leave\n")
	b.Await("Leave #ops?")
	b.Press("enter")
	b.Await("(left)", "you are not in this conversation any more")
	a.Await("2 people")
}

func TestFromNothingToAMessageByTheForms(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	srv.Person("bob")
	d := newDesk(t, srv.URL())
	d.mailbox = func(_ context.Context, email string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			var list struct {
				Mail []api.Letter `json:"mail"`
			}
			srv.Admin("GET", "/admin/v1/mail?to="+email, nil, &list)
			for _, l := range list.Mail {
				if code := regexp.MustCompile(`\b\d{8}\b`).FindString(l.Text); code != "" {
					return code, nil
				}
			}
			return "", nil
		}
	}
	x := d.sit("", 80, 24)
	x.Await("Handle", "Password")
	x.Type("bob\t" + servertest.Password("bob") + "\n")
	x.Await("Welcome, @bob", "connected")
	x.Press("ctrl+c")
	if err := x.AwaitEnd(); err != nil {
		t.Error(err)
	}
}

func TestAKilledServerLosesNothingAndOneGoesOnByOneself(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada)
	a, b := d.sit("ada", 80, 24), newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	a.Await("connected")
	b.Await("connected")
	a.Type("/dm @bob before\n")
	sent(a, "before")
	srv.Kill()
	a.Await("offline")
	a.Type("while it was dead\n")
	a.Await("while it was dead", "outbox 1")
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	sent(a, "while it was dead")
	a.Await("connected")
	a.AwaitGone("offline")
	b.Await("2 unread")
	b.Press("alt+a")
	b.Await("before", "while it was dead")
}

func TestWithoutAServerItStartsSaysWhyAndGoesOn(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada)
	srv.Kill()
	a := d.sit("ada", 80, 24)
	a.Await("offline", "connection refused", "not read yet:", "Not read yet: no connection.")
	a.Type("/dm @bob into the dark\n")
	a.Await("into the dark", "not sent yet: no connection", "outbox 1")
	a.Press("ctrl+c")
	if err := a.AwaitEnd(); err != nil {
		t.Fatal(err)
	}
	a = d.sit("ada", 80, 24) // another run has the same outbox
	a.Await("outbox 1")
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	a.Await("connected", "@bob")
	a.AwaitGone("outbox 1")
	a.AwaitGone("not read yet")
	if w := bob.Conversations(); len(w) != 1 || w[0].LastSeq != 1 {
		t.Errorf("bob has %+v", w)
	}
}

func TestARefusedMessageIsKeptUntilItIsSentOrDropped(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	d := newDesk(t, srv.URL()).know(srv.Person("ada"))
	a := d.sit("ada", 100, 24)
	a.Await("connected")
	a.Type("/dm @bob are you there?\n")
	a.Await("1 not sent", "no such person")
	a.Type("/dm @nobody and you?\n")
	a.Await("2 not sent")
	a.Press("ctrl+c")
	if err := a.AwaitEnd(); err != nil {
		t.Fatal(err)
	}
	a = d.sit("ada", 100, 24) // another run has them, too
	a.Await("connected", "2 not sent")
	a.Press("alt+o")
	a.Await("not sent yet", "@bob: are you there?", "@nobody: and you?", "failed: no such person", "1 of 2")
	bob := srv.Person("bob") // who was not there before
	a.Press("alt+r")
	a.AwaitGone("@bob: are you there?")
	a.Press("delete")
	a.Await("everything is sent")
	a.Press("esc")
	a.AwaitGone("not sent")
	if w := bob.Conversations(); len(w) != 1 || w[0].LastSeq != 1 {
		t.Errorf("bob has %+v", w)
	}
}

func TestOutOfFocusAMessageRingsAndIsNotRead(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "first"})
	b := newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	b.Await("connected", "1 unread")
	b.Press("alt+a")
	b.Await("first")
	b.AwaitGone("1 unread")
	look(b, true)
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "second"})
	b.Await("second")
	if b.Bells() != 0 {
		t.Error("it rang in focus")
	}
	look(b, false)
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "third"})
	b.Await("third", "1 unread")
	b.AwaitThat("a bell", func(string) bool { return b.Bells() == 1 })
	if n := b.Notes(); len(n) != 1 || n[0] != "9;@ada: third" {
		t.Errorf("notified of %q", n)
	}
	b.Focus(true)
	b.AwaitGone("1 unread")
}

func TestDraftsAreKeptOverRestartsAndMarked(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	srv.Person("bob")
	srv.Person("eve")
	ada.Must(api.Action{Type: api.SendMessage, To: "eve", Text: "hi"})
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	d := newDesk(t, srv.URL()).know(ada)
	a := d.sit("ada", 80, 24)
	a.Await("connected", "@bob", "@eve")
	a.Press("alt+n")
	a.Await("hello")
	a.Type("half a thou")
	a.Await("half a thou")
	a.Press("alt+n")
	a.Await("write to @eve")
	a.Press("ctrl+c")
	if err := a.AwaitEnd(); err != nil {
		t.Fatal(err)
	}
	a = d.sit("ada", 80, 24)
	a.Await("✎@bob", "write to @eve") // which was open last
	a.Press("alt+n")
	a.Await("half a thou")
}

func TestARevokedSessionLeadsToTheFormsAndBack(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected")
	revoke(t, ada)
	a.Await("disconnected: ctrl-r goes on")
	a.Press("ctrl+r")
	a.Await("The session of @ada has ended", "What is not sent waits in the outbox", "enter sign in again · r try again · esc close")
	a.Press("enter")
	a.Await("Log in", "▸ Password", "the session has ended; sign in again") // the screen before has these words, too
	a.Type(servertest.Password("ada") + "\n")
	a.Await("Welcome, @ada", "connected")
}

func TestOneGoesOnAsAnotherProfile(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	a := newDesk(t, srv.URL()).know(srv.Person("ada")).know(srv.Person("bob")).sit("ada", 80, 24)
	a.Await("Welcome, @ada", "connected")
	a.Type("/profile\n")
	a.Await("go on as", "bob")
	a.Press("enter")
	a.Await("Welcome, @bob", "connected")
	a.Type("/profile ada\n")
	a.Await("Welcome, @ada", "connected")
}

func TestAnyScreenSizeShowsWhatMattersOrSaysThatItIsTooSmall(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	srv.Person("bob")
	for range 30 {
		ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: strings.Repeat("long words and 界 ", 12) + "end."})
	}
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected")
	a.Press("alt+n")
	a.Await("end.")
	for _, size := range [][2]int{{40, 12}, {64, 20}, {200, 60}, {400, 100}, {30, 8}} {
		a.Resize(size[0], size[1])
		a.AwaitThat(fmt.Sprintf("all that matters, on %v cells", size), func(s string) bool {
			bar := strings.Split(s, "\n")[size[1]-1] // which was elsewhere before
			return strings.Contains(bar, "connected") && strings.Contains(s, "end.") && strings.Contains(s, "@bob") && strings.Contains(s, "write to")
		})
	}
	a.Resize(20, 5)
	a.Await("too small")
	a.Resize(80, 24)
	a.Await("end.", "connected")
}

func TestHelpShowsTheKeysInForce(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	a := newDesk(t, srv.URL()).know(srv.Person("ada")).sit("ada", 80, 40)
	a.Await("connected")
	a.Press("f1")
	a.Await("Anywhere", "alt-k", "go to a conversation by name")
	for range 5 {
		a.Press("pgdown")
	}
	a.Await("connected 12 ms", "how long the server took to answer last", "question every 15 s")
	a.Press("esc")
	a.AwaitGone("question")
}

func TestAMessageIsRepliedToEditedDeletedAndCopied(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "a question"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "1 unread")
	a.Press("alt+a")
	a.Await("a question")
	a.Press("up", "c")
	a.AwaitThat("the clipboard", func(string) bool { return a.Clipboard() == "a question" })
	a.Press("r")
	a.Await("replying to @bob: a question")
	a.Type("an answr\n")
	sent(a, "an answr")
	a.Type("/edit an answer\n")
	a.Await("an answer (edited)")
	a.Type("/delete\n")
	a.Await("Delete this message")
	a.Press("y")
	a.AwaitGone("an answer")
	a.Await("deleted")
}
