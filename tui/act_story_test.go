package tui_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestWhatOneDoesIsToldFromWhatOneSays(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "_sighs_"}) // as it was once sent
	a, b := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24), newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("  sighs ")
	b.Await("connected", "1 unread")
	look(b, false)
	a.Type("/me nods\n")
	sent(a, "  * @ada nods")
	b.AwaitThat("a bell", func(string) bool { return b.Bells() == 1 })
	if n := b.Notes(); len(n) != 1 || n[0] != "9;@ada: * @ada nods" {
		t.Errorf("notified of %q", n)
	}
	a.Type("*nods*\n")
	sent(a, "  nods")
	a.Type("//me nods\n")
	sent(a, "  /me nods")
	b.Press("alt+a")
	b.Await("  sighs\n", "  * @ada nods\n", "  nods\n", "  /me nods\n")

	b.Press("up", "k", "k", "r")
	b.Await("replying to * @ada nods")
	b.Type("/me bows\n")
	b.Await("╭ * @ada nods", "  * @bob bows")
	a.Await("╭ * @ada nods", "  * @bob bows")
	a.Press("up", "k", "e")
	a.Await("editing a message", "› //me nods")
	a.Type(" off\n")
	a.Await("  /me nods off (edited)")
	a.Press("up", "k", "k", "k", "e")
	a.Await("editing a message", "› /me nods")
	a.Type(" twice\n")
	a.Await("  * @ada nods twice (edited)")
	b.Await("  * @ada nods twice (edited)", "  /me nods off (edited)")
}

func TestARefusedEditIsGivenBack(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	made := bob.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada"}})
	mine := ada.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "mine"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 120, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("mine")
	a.Press("up", "e")
	a.Await("editing a message", "› mine")
	a.Type(", and more")
	bob.Must(api.Action{Type: api.DeleteMessage, Conversation: made.Conversation, Target: mine.Seq})
	a.Await("deleted by @bob")
	a.Press("enter")
	a.Await("not edited: ", "editing a message", "› mine, and more")
	a.Press("esc")
	a.Await("write to #ops")
}
