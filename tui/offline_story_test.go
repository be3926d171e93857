package tui_test

import (
	"fmt"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// talked has ada say so many things to bob: thing 1, thing 2, and so on.
func talked(ada *servertest.Person, n int) {
	for i := 1; i <= n; i++ {
		ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: fmt.Sprintf("thing %d.", i)})
	}
}

func TestOlderMessagesAreReadByThemselvesOnceThereIsAConnectionAgain(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	talked(ada, api.EntriesPage+20)
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("thing 120.")
	srv.Kill()
	a.Await("offline")
	for range 9 {
		a.Press("pgup")
	}
	a.Await("older messages could not be read", "thing 21.")
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	a.Await("connected", "thing 20.")
	a.AwaitGone("could not be read")
}
