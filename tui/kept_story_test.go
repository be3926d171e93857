package tui_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/tuitest"
)

// quits ends the program with a key.
func quits(t *testing.T, x *tuitest.Terminal) {
	t.Helper()
	x.Press("ctrl+c")
	if err := x.AwaitEnd(); err != nil {
		t.Fatal(err)
	}
}

func TestDraftsOfAProfileThatIsOpenTwiceAreThoseOfTheFirst(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	d := newDesk(t, srv.URL()).know(ada)
	at := func() *tuitest.Terminal {
		x := d.sit("ada", 120, 24)
		x.Await("connected", "@bob")
		x.Press("alt+n")
		x.Await("hello")
		return x
	}
	first, second := at(), at()
	second.Type("of the second")
	second.Await("› of the second")
	first.Type("of the first")
	first.Await("› of the first")
	quits(t, first)
	second.Press("ctrl+c")
	second.Await("1 not sent, and in no file")
	second.Press("enter")
	if err := second.AwaitEnd(); err != nil {
		t.Error(err)
	}
	third := at()
	third.Await("› of the first")
}

func TestOneIsAskedBeforeWhatIsInNoFileIsLost(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada := srv.Person("ada")
	srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada).know(srv.Person("eve"))
	d.sit("ada", 100, 24).Await("connected")
	a := d.sit("ada", 100, 24)
	a.Await("connected")
	srv.Kill()
	a.Await("offline")
	a.Type("/dm @bob into the dark\n")
	a.Await("outbox 1")
	a.Press("ctrl+c")
	a.Await("1 not sent, and in no file", "enter leave · esc stay")
	a.Press("esc")
	a.AwaitGone("in no file")
	a.Type("/profile eve\n")
	a.Await("1 not sent, and in no file")
	a.Press("esc")
	a.AwaitGone("in no file")
	a.Type("/quit\n")
	a.Await("1 not sent, and in no file")
	a.Press("enter")
	if err := a.AwaitEnd(); err != nil {
		t.Error(err)
	}
}

func TestAllThatMustBeKnownAtTheStartIsTold(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	d := newDesk(t, srv.URL()).know(ada)
	d.sit("ada", 80, 24).Await("connected")
	if err := os.WriteFile(filepath.Join(d.profiles["ada"].Dir, "settings.json"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.sit("ada", 200, 24).Await("open elsewhere, too", "reading the settings of this profile")
}

func TestOneGoesOnAsAnotherWhereTheLastScreenCannotBeKept(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	d := newDesk(t, srv.URL()).know(ada).know(srv.Person("bob"))
	a := d.sit("ada", 120, 24)
	a.Await("connected")
	a.Type("/dm @bob hello\n")
	sent(a, "hello")
	if err := os.Mkdir(filepath.Join(d.profiles["ada"].Dir, "settings.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	a.Type("/profile bob\n")
	a.Await("Welcome, @bob", "@ada: keeping the settings of this profile")
	a.Await("connected")
}

func TestMessagesOfADamagedOutboxAreSentByAKey(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada)
	a := d.sit("ada", 200, 24)
	a.Await("connected")
	srv.Kill()
	a.Await("offline")
	a.Type("/dm @bob first\nsecond\n")
	a.Await("outbox 2")
	quits(t, a)
	file := filepath.Join(d.profiles["ada"].Dir, "outbox")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(b, []byte("first"), []byte("fIrst"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	a = d.sit("ada", 200, 24)
	a.Await("the outbox file is damaged", "outbox.damaged now")
	a.Await("connected", "1 not sent")
	a.Press("alt+o")
	a.Await("@bob: second", "failed: the outbox was")
	a.Press("alt+r")
	a.Await("everything is sent")
	a.Press("esc")
	a.AwaitGone("everything is sent")
	if w := bob.Conversations(); len(w) != 1 || w[0].LastSeq != 1 {
		t.Errorf("bob has %+v", w)
	}
	quits(t, a)
	a = d.sit("ada", 200, 24)
	a.Await("connected", "@bob")
	a.AwaitGone("damaged")
}
