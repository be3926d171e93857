package tui_test

import (
	"regexp"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestOneSeesWhoIsThereWhoWritesAndHowFarAwayTheServerIs(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	srv.Person("eve")
	ada.Must(api.Action{Type: api.SendMessage, To: "eve", Text: "nobody there?"})
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	b := newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	b.Await("connected", "1 unread")
	b.Press("alt+a")
	b.Await("hello")
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("●@bob", "○@eve")
	lag := regexp.MustCompile(`connected (<1|\d+) ms`)
	a.AwaitThat("the time to the server, with nothing sent", lag.MatchString)
	a.Press("alt+n")
	a.Await("@bob", "read ✓✓")
	b.Type("hm")
	a.Await("@bob is writing …")
	b.Type("\n")
	a.Await("hm")
	a.AwaitGone("is writing")
	a.Type("/me nods\n")
	sent(a, "  * @ada nods")
	a.AwaitThat("the time to the server", lag.MatchString)
}

func TestAReadOnlyProfileReadsAndChangesNothing(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	d := newDesk(t, srv.URL()).know(bob)
	account := d.profiles["bob"]
	account.ReadOnly = true
	d.profiles["bob"] = account
	b := d.sit("bob", 100, 24)
	b.Await("connected", "@bob (read-only)", "1 unread")
	b.Press("alt+a")
	b.Await("hello")
	b.Type("an answer\n")
	b.Await("not sent: this sign-in is read-only")
	b.Press("ctrl+c")
	if err := b.AwaitEnd(); err != nil {
		t.Fatal(err)
	}
	if h := bob.Conversations(); len(h) != 1 || h[0].LastSeq != 1 || h[0].ReadSeq != 0 {
		t.Errorf("%+v", h)
	}
}

func TestWhomOneBlockedElsewhereIsFoldedFromTheStart(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	made := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}})
	bob.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "an insult"})
	ada.Must(api.Action{Type: api.SetBlock, To: "bob"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("a message of @bob, whom you block")
	a.AwaitGone("an insult")
	ada.Must(api.Action{Type: api.ClearBlock, To: "bob"}) // on another device
	a.Await("an insult")
}

func TestCommandsDoWhatTheySay(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	made := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}})
	bob.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "shall we begin?"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 30)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("shall we begin?", "2 people")

	a.Type("/reply yes, now\n")
	a.Await("╭ @bob: shall we begin?")
	sent(a, "yes, now")
	a.Type("/me opens the door\n")
	sent(a, "* @ada opens the door")
	a.Type("/mute\n")
	a.Await("#ops is silent on this machine", "(muted)")
	a.Type("/mute\n")
	a.Await("#ops rings again")
	a.AwaitGone("(muted)")
	a.Type("/search nowhere\n")
	a.Await("not found above")

	a.Type("/block @bob\n")
	a.Await("you hear no more of @bob", "a message of @bob, whom you block")
	a.Type("/unblock @bob\n")
	a.Await("you hear @bob again", "shall we begin?")
	a.Type("/kick @bob\n")
	a.Await("Remove @bob from #ops?")
	a.Press("y")
	a.Await("1 person")
	a.Type("/kick @bob\n")
	a.Await("@bob is not in this group")
}

// Who answers at once has read what is answered: the server tells no mark of that.
func TestAnAnswerShowsThatTheMessageWasRead(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected")
	a.Type("/dm @bob a question\n")
	sent(a, "a question")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "an answer"})
	a.Await("an answer", "read ✓✓")
}
