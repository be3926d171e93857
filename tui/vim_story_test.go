package tui_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/keymap"
)

func TestFingersThatKnowViSelectAndActOnMessages(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	talked(ada, 40)
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "see https://example.org/x"})
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "mine"})
	d := newDesk(t, srv.URL()).know(ada)
	d.keys = noted(keymap.Vim())
	a := d.sit("ada", 160, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("mine")
	a.Press("ctrl+b", "ctrl+b")
	a.AwaitGone("mine")
	a.Press("alt+G")
	a.Await("mine")

	a.Press("esc")
	a.Await("▌ mine", "› i back")
	a.Press("g", "g")
	a.Await("▌ thing 1.")
	a.Press("G", "k")
	a.Await("▌ see https://example.org/x")
	a.Press("g", "x")
	a.AwaitThat("the address in the clipboard", func(string) bool { return a.Clipboard() == "https://example.org/x" })
	a.Press("y")
	a.AwaitThat("the text in the clipboard", func(string) bool { return a.Clipboard() == "see https://example.org/x" })
	a.Press("i")
	a.Await("write to @bob")
	a.Press("esc")
	a.Await("▌ mine")
	a.Press("c", "c")
	a.Await("editing a message", "› mine")
	a.Type(" now\n")
	a.Await("mine now (edited)")
	a.Press("esc", "d", "d")
	a.Await("Delete this message")
	a.Press("y")
	a.Await("▌ deleted")
	a.Press("a")
	a.Await("write to @bob")
}
