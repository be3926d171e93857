package tui_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
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

func TestWhoIsResumedConnectsAgainWithAKey(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected")
	srv.Suspend(t.Context(), "ada")
	a.Await("the account is suspended", "ctrl-r goes on")
	a.Press("ctrl+r")
	a.Await("What is not sent waits in the outbox", "r try again")
	a.Press("r")
	a.AwaitGone("waits in the outbox")
	a.Await("disconnected: ctrl-r goes on", "Not allowed: the account is suspended")
	srv.Resume(t.Context(), "ada")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "there you are"})
	a.Press("ctrl+r")
	a.Await("r try again")
	a.Press("ctrl+r")
	a.Await("connected", "1 unread")
	a.Press("alt+a")
	a.Await("there you are")
}

func TestWhatWaitsForAConnectionIsTriedAgainByConnecting(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected", "@bob")
	srv.Suspend(t.Context(), "ada")
	a.Await("disconnected: ctrl-r goes on")
	a.Press("alt+n")
	a.Await("write to @bob")
	a.Type("are you there?\n")
	a.Await("outbox 1")
	srv.Resume(t.Context(), "ada")
	a.Press("alt+o")
	a.Await("@bob: are you there?", "waits for the connection")
	a.Press("alt+r")
	a.Await("everything is sent", "connected")
	if w := bob.Conversations(); len(w) != 1 || w[0].LastSeq != 2 {
		t.Errorf("bob has %+v", w)
	}
}

func TestATokenWithoutANameIsWhoseTheServerSays(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "hello @ada"})
	d := newDesk(t, srv.URL()).know(ada)
	account := d.profiles["ada"]
	account.Handle = ""
	d.profiles["ada"] = account
	srv.Kill()
	a := d.sit("ada", 100, 24)
	a.Await("Welcome, a token's account.", "offline")
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	a.Await("Welcome, @ada.", "connected")
	a.Press("alt+a")
	a.Await("hello @ada")
	a.Type("yes\n")
	sent(a, "yes")
}

func TestWhoIsRepliedToIsNamedOnceThatIsKnown(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "a question"})
	backend, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	pass, known := httputil.NewSingleHostReverseProxy(backend), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/members") {
			select {
			case <-known:
			case <-r.Context().Done():
				return
			}
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(slow.Close)
	a := newDesk(t, slow.URL).know(ada).sit("ada", 80, 24)
	a.Await("connected", "1 unread")
	a.Press("alt+a")
	a.Await("a question")
	a.Press("up", "r")
	a.Await("replying to a question")
	close(known)
	a.Await("replying to @bob: a question")
}
