package tui_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestANoteIsWholeAndGoesWithItsCause(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}})
	d := newDesk(t, srv.URL()).know(ada)
	first := d.sit("ada", 80, 24)
	first.Await("connected")
	a := d.sit("ada", 80, 24)
	a.Await("this profile is open elsewhere, too: what is unsent or being written here when", "you quit is lost") // for some seconds, connected or not
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("write to #ops")

	a.Type("/nothing\n")
	a.Await("there is no command /nothing")
	a.Type("x")
	a.AwaitGone("there is no command")
	a.Press("ctrl+u")
	a.Type("/edit\n")
	a.Await("there is no message here", "› /edit")
	a.Press("ctrl+u")
	a.Type("/rename tea\n")
	a.Await("#tea  2 people", "write to #tea")
	a.AwaitGone("there is no message here")
	a.Type("/search tea\n")
	a.Await("not found above")
	a.Press("esc")
	a.Type("hello\n")
	sent(a, "hello")
	a.AwaitGone("not found above")
	a.Type("/dm @bob\n")
	a.Await("nothing was said here yet")
	a.Type("/search tea\n")
	a.Await("not found above")
}
