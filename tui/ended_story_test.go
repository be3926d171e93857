package tui_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// revoke ends a person's session.
func revoke(t *testing.T, p *servertest.Person) {
	t.Helper()
	if _, problem := p.HTTP("DELETE", "/v1/sessions/"+p.Session.String(), nil, nil); problem != nil {
		t.Fatal(problem)
	}
}

func TestWithoutAPasswordTheEndOfTheSessionIsTheEnd(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	d := newDesk(t, srv.URL()).know(ada)
	d.guest = true
	a := d.sit("ada", 80, 24)
	a.Await("connected")
	revoke(t, ada)
	a.Await("disconnected: ctrl-r goes on")
	a.Press("ctrl+r")
	a.Await("nobody has a password", "it is over", "enter quit · esc close")
	a.Press("enter")
	if err := a.AwaitEnd(); err != nil {
		t.Error(err)
	}
}

func TestASignInThatCannotBeKeptIsEndedAgain(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	d := newDesk(t, srv.URL())
	d.full = true
	x := d.sit("", 100, 24)
	x.Await("Handle", "Password")
	x.Type("ada\t" + servertest.Password("ada") + "\n")
	x.Await("no space left; the sign-in is ended again")
	var list struct {
		Sessions []api.Session `json:"sessions"`
	}
	ada.Get("/v1/sessions", &list)
	if len(list.Sessions) != 1 {
		t.Errorf("ada has the sessions %+v", list.Sessions)
	}
}

func TestWhoIsWritingWhenTheSessionEndsGoesOnWriting(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "first"})
	b := newDesk(t, srv.URL()).know(bob).sit("bob", 100, 24)
	b.Await("connected", "1 unread")
	b.Press("alt+a")
	b.Await("first")
	b.Type("we are ")
	b.Await("› we are")
	revoke(t, bob)
	b.Await("disconnected: ctrl-r goes on")
	b.Type("very near\n")
	b.Await("we are very near", "outbox 1")
	b.Type("and nearl")
	b.Await("› and nearl")
	b.Press("ctrl+r")
	b.Await("The session of @bob has ended")
	b.Press("enter")
	b.Await("Log in", "▸ Password")
	b.Type(servertest.Password("bob") + "\n")
	b.Await("connected", "@ada", "› and nearl")
	b.AwaitGone("outbox 1")
	if w := ada.Conversations(); len(w) != 1 || w[0].LastSeq != 2 {
		t.Errorf("ada has %+v", w)
	}
}
