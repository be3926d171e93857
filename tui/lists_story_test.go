package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/tuitest"
)

// walks presses keys and waits until that one of a list is chosen.
func walks(x *tuitest.Terminal, keys, where string) {
	x.Press(strings.Fields(keys)...)
	x.Await(" · " + where)
}

func TestAListIsWalkedWithKeys(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	for i := range 30 {
		ada.Must(api.Action{Type: api.CreateGroup, Name: fmt.Sprintf("room %d", i+1)})
	}
	d := newDesk(t, srv.URL()).know(ada)
	a := d.sit("ada", 80, 16)
	a.Await("connected", "#room 30")
	a.Press("alt+k")
	a.Await("go to", "1 of 30")
	walks(a, "down", "2 of 30")
	walks(a, "ctrl+n", "3 of 30")
	walks(a, "up", "2 of 30")
	walks(a, "ctrl+p", "1 of 30")
	walks(a, "pgdown", "11 of 30")
	walks(a, "pgup", "1 of 30")
	a.Press("ctrl+c")
	a.AwaitGone("of 30")
	a.Press("ctrl+q")
	if err := a.AwaitEnd(); err != nil {
		t.Fatal(err)
	}

	d.keys = noted(keymap.Vim())
	a = d.sit("ada", 80, 16)
	a.Await("connected", "#room 30")
	a.Press("alt+k")
	a.Await("go to", "1 of 30")
	walks(a, "ctrl+j", "2 of 30")
	walks(a, "ctrl+k", "1 of 30")
	walks(a, "ctrl+f", "11 of 30")
	walks(a, "ctrl+b", "1 of 30")
	a.Press("esc")
	a.AwaitGone("of 30")
}

func TestWhatIsNotSentIsTriedAgainAndDroppedWithKeys(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	a := newDesk(t, srv.URL()).know(srv.Person("ada")).sit("ada", 100, 24)
	a.Await("connected")
	a.Type("/dm @bob are you there?\n")
	a.Await("1 not sent", "no such person")
	a.Type("/dm @nobody and you?\n")
	a.Await("2 not sent")
	bob := srv.Person("bob")
	a.Press("alt+o")
	a.Await("not sent yet", "@bob: are you there?", "@nobody: and you?", "1 of 2")
	a.Press("ctrl+r")
	a.AwaitGone("@bob: are you there?")
	a.Press("alt+d")
	a.Await("everything is sent")
	if w := bob.Conversations(); len(w) != 1 || w[0].LastSeq != 1 {
		t.Errorf("bob has %+v", w)
	}
}

func TestTheFieldsOfAFormAreWalkedWithKeys(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	a := newDesk(t, srv.URL()).sit("", 80, 24)
	a.Await("▸ Handle")
	a.Press("tab")
	a.Await("▸ Password")
	a.Press("shift+tab")
	a.Await("▸ Handle")
	a.Press("down")
	a.Await("▸ Password")
	a.Press("up")
	a.Await("▸ Handle", "enter next · esc quits")
	a.Press("up")
	a.Await("▸ I have a code for a new account")
	a.Press("enter")
	a.Await("esc back")
	a.Press("esc")
	a.Await("▸ Handle", "esc quits")
	a.Press("esc")
	if err := a.AwaitEnd(); err != nil {
		t.Error(err)
	}
}
