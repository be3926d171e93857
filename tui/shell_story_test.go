//go:build !windows

package tui_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestAScreenThatAnotherProgramWroteOnIsDrawnAnew(t *testing.T) {
	a := writing(t)
	a.Await("hello", "connected")
	a.Scrawl("the printer is on fire")
	a.Await("the printer is on fire", "hello")
	a.Type("so what") // draws what has changed, and no more
	a.Await("› so what", "the printer is on fire")
	a.Press("ctrl+l")
	a.AwaitGone("the printer is on fire")
	a.Await("hello", "› so what", "connected")
}

func TestOneGoesBackToTheShellAndComesAgain(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	talked(ada, 60)
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("thing 60.")
	look(a, true)
	a.Type("half a thought")
	a.Await("half a thought")
	a.Press("ctrl+z")
	a.Await("Stopped", "$")
	a.AwaitGone("thing 60.", "half a thought") // the screen is the shell's
	if told := a.Told(); len(told) > 0 {
		t.Errorf("the shell is told of %v", told)
	}
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "are you still there?"})

	a.Type("fg\n")
	a.Await("thing 60.", "are you still there?", "› half a thought", "connected")
	a.AwaitGone("Stopped")
	a.Paste(", and\nthe rest")
	a.Await("› half a thought, and", "  the rest")
	a.Wheel(60, 10, -5)
	a.AwaitGone("thing 60.")
	a.Press("ctrl+end")
	a.Await("are you still there?")
	a.Focus(false)
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "good"})
	a.AwaitThat("a bell", func(string) bool { return a.Bells() == 1 })
}

func TestWhereNoShellWaitsOneStays(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	d := newDesk(t, srv.URL()).know(srv.Person("ada"))
	d.alone = true
	a := d.sit("ada", 80, 24)
	a.Await("connected")
	a.Press("ctrl+z")
	a.Await("there is no shell here to go back to", "Welcome, @ada")
}
