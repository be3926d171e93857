package tui_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestWhoCameAndWentIsThereAtTheNextStart(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob, eve := srv.Person("ada"), srv.Person("bob"), srv.Person("eve")
	ops := ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bob"}}).Conversation
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await(`@ada made the group "ops" with @bob`)
	bob.Must(api.Action{Type: api.SendMessage, Conversation: ops, Text: "hello"})
	ada.Must(api.Action{Type: api.RenameGroup, Conversation: ops, Name: "the ops"})
	ada.Must(api.Action{Type: api.AddMember, Conversation: ops, To: "eve"})
	eve.Must(api.Action{Type: api.SendMessage, Conversation: ops, Text: "thanks"})
	bob.Must(api.Action{Type: api.LeaveGroup, Conversation: ops})
	happened := []string{`@ada named the group "the ops"`, "@ada added @eve", "thanks", "@bob left"}
	a.Await(happened...)
	again := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	again.Await("connected", "#the ops")
	again.Press("alt+n")
	again.Await(append(happened, `@ada made the group "ops" with @bob`)...)
}

func TestTheNextMentionIsShownAndWhatIsBelowStaysUnread(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ops := bob.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada"}}).Conversation
	say := func(text string) { bob.Must(api.Action{Type: api.SendMessage, Conversation: ops, Text: text}) }
	for i := range 40 {
		say(fmt.Sprintf("before %d.", i))
	}
	say("first, @ada")
	for i := range 130 {
		say(fmt.Sprintf("between %d.", i))
	}
	say("second, @ada")
	for i := range 40 {
		say(fmt.Sprintf("after %d.", i))
	}
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected", "@2 210")
	a.Press("alt+m")
	a.Await("first, @ada", "@1 ")
	a.AwaitGone("@2")
	a.Press("alt+m")
	a.Await("second, @ada")
	a.AwaitGone("@1")
	a.Await(" unread")
	a.Press("alt+m")
	a.Await("nobody mentioned you")
	a.Press("alt+end")
	a.Await("after 39.")
	a.AwaitGone("unread")
}

func TestInAGroupThatOneLeftCommandsAreTakenAndADraftCanBeRemoved(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	ops := bob.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada"}}).Conversation
	bob.Must(api.Action{Type: api.SendMessage, Conversation: ops, Text: "hello"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("hello")
	a.Type("half a thought")
	a.Await("› half a thought")
	ada.Must(api.Action{Type: api.LeaveGroup, Conversation: ops})
	a.Await("(left)")
	a.Press("enter")
	a.Await("you are not in this conversation any more", "› half a thought")
	a.Press("ctrl+u")
	a.Await("›  you are not in this conversation any more")
	a.Press("up")
	a.Await("▌ hello", "c copy")
	a.Press("esc")
	a.Type("/me nods\n")
	a.Await("› /me nods", " you are not in this conversation any more")
	bob.Must(api.Action{Type: api.AddMember, Conversation: ops, To: "ada"})
	a.AwaitGone("you are not in this conversation any more")
	a.Press("enter")
	sent(a, "  * @ada nods")
}

func TestAReplyShowsWhatBecameOfTheMessageThatItAnswers(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	said := bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "a secret"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("a secret")
	a.Press("up", "r")
	a.Await("replying to @bob: a secret")
	bob.Must(api.Action{Type: api.EditMessage, Conversation: said.Conversation, Target: said.Seq, Text: "a mistake"})
	a.Await("replying to @bob: a mistake")
	bob.Must(api.Action{Type: api.DeleteMessage, Conversation: said.Conversation, Target: said.Seq})
	a.Await("replying to a deleted message")
	a.AwaitGone("a mistake")
}

func TestAFirstMessageThatFailedIsRetriedOrDroppedWhereItStands(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 40, 12)
	a.Await("connected")
	a.Type("/dm @eve hello\n")
	a.Await("nothing was said here yet", "not sent: no such person")
	a.Press("ctrl+l", "up")
	a.Await("▌ hello", "r try again  d drop")
	a.Press("d")
	a.AwaitThat("no message", func(s string) bool { // nor an empty screen, which ctrl+l makes for a moment
		return strings.Contains(s, "nothing was said here yet") && !strings.Contains(s, "hello")
	})
	a.Type("are you there?\n")
	a.Await("are you there?", "1 not sent")
	srv.Person("eve")
	a.Press("alt+o")
	a.Await("alt-r retry  delete drop  esc close")
	a.Press("esc", "up", "r")
	sent(a, "are you there?")
	a.Await("the beginning of")
}
