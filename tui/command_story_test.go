package tui_test

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/go-json-experiment/json/jsontext"
)

func TestOnesDataIsExportedToANewFile(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	talked(ada, 1)
	d := newDesk(t, srv.URL()).know(ada)
	a := d.sit("ada", 120, 24)
	a.Await("connected")
	a.Type("/export all.json\n")
	file := filepath.Join(d.dir, "all.json")
	a.Await("all your data is in ")
	b, err := os.ReadFile(file)
	if err != nil || !jsontext.Value(b).IsValid() || !strings.Contains(string(b), "thing 1.") {
		t.Errorf("%v: %.300s", err, b)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	a.Type("/export all.json\n")
	a.Await("no export: ", "all.json: file exists")
	if again, err := os.ReadFile(file); err != nil || string(again) != string(b) {
		t.Errorf("the file was touched (%v)", err)
	}
}

func TestASignInElsewhereIsSeenAndEnded(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	elsewhere := srv.SignIn("ada", servertest.Password("ada"))
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected")
	a.Type("/sessions\n")
	a.Await("your sign-ins: enter ends one", "(this one)", "enter end this sign-in", "1 of 2")
	a.Resize(40, 12)
	whole := regexp.MustCompile(`used (\d\d:\d\d|\d{4}-\d\d-\d\d) *│`)
	a.AwaitThat("when each was used", func(s string) bool { return len(whole.FindAllString(s, -1)) == 2 })
	a.Resize(100, 24)
	a.Await("(this one)")
	if strings.Contains(a.Line("▸"), "(this one)") {
		a.Press("down")
		a.Await("2 of 2")
	}
	a.Press("enter")
	a.Await("End the sign-in")
	a.Press("y")
	a.AwaitThat("one sign-in", func(s string) bool {
		return strings.Contains(s, "(this one)") && !strings.Contains(s, "of 2")
	})
	if _, problem := elsewhere.HTTP("GET", "/v1/me", nil, nil); problem == nil || problem.Code != "signed_out" {
		t.Errorf("the other one is answered %v", problem)
	}
}

func TestWhatIsMutedStaysSoAndRingsForMentionsAlone(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	made := bob.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada"}})
	bob.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "first"})
	d := newDesk(t, srv.URL()).know(ada)
	a := d.sit("ada", 100, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("first")
	a.Type("/mute\n")
	a.Await("#ops is silent on this machine, but for mentions of you")
	a.Press("ctrl+c")
	if err := a.AwaitEnd(); err != nil {
		t.Fatal(err)
	}
	a = d.sit("ada", 100, 24) // another run knows it
	a.Await("connected", "#ops")
	look(a, false)
	bob.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "second"})
	counted := regexp.MustCompile(`#ops +1`)
	a.AwaitThat("a count that is in no sum", counted.MatchString)
	bob.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "third, @ada"})
	a.Await("@1")
	a.AwaitThat("a bell", func(string) bool { return a.Bells() > 0 })
	if n := a.Notes(); len(n) != 1 || !strings.Contains(n[0], "third, @ada") {
		t.Errorf("notified of %q", n)
	}
}

func TestWhatIsLoadedIsSearched(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	talked(ada, 60)
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("thing 60.")
	a.Type("/search thing 1\n")
	a.Await("▌ thing 19.")
	a.AwaitGone("thing 60.")
	a.Press("n")
	a.Await("▌ thing 18.")
	a.Press("N", "N")
	a.Await("not found below")
	a.Await("› esc back  r reply")
	a.Press("/")
	a.Await("/  enter searches, esc gives up")
	a.AwaitGone("esc back") // that is not what its keys do
	a.Type("thing 4")
	a.Press("ctrl+u", "ctrl+y", "backspace", "left")
	a.Type("x")
	a.Press("ctrl+_", "end")
	a.Type("42\n")
	a.Await("not found above") // it is below
	a.Press("N")
	a.Await("▌ thing 42.")
	a.Press("esc")
	a.AwaitGone("▌ thing")
	a.Type("hello\n")
	sent(a, "hello")
}

func TestTheWheelScrollsAndLoadsWhatIsOlder(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	talked(ada, 2*api.EntriesPage+20)
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("thing 220.")
	for !strings.Contains(a.Screen(), "the beginning of the conversation") {
		before := a.Screen()
		a.Wheel(60, 10, -1)
		a.AwaitThat("something older", func(s string) bool { return s != before })
	}
	a.Await("thing 1.", "↓ more below")
	a.Wheel(60, 10, 1)
	a.AwaitGone("the beginning of the conversation")
	a.Press("ctrl+end")
	a.Await("thing 220.")
	a.AwaitGone("more below")
}

func TestARefusedCommandIsGivenBack(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 120, 24)
	a.Await("connected")
	a.Type("/group tea @bob @zzz\n")
	a.Await("no group was made: @bob or @zzz cannot be reached, or is not there", "› /group tea @bob @zzz")
	for range len("@zzz") {
		a.Press("backspace")
	}
	a.Press("enter")
	a.Await("#tea  2 people", "write to #tea")
	a.Type("/invite @yyy @zzz\n")
	a.Await("› /invite @yyy", "/invite @zzz: @zzz was not added: no such person")
	a.Press("ctrl+u")
	a.Type("/kick @zzz\n")
	a.Await("@zzz is not in this group", "› /kick @zzz")

	b := newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	b.Await("connected", "#tea")
	b.Press("alt+n")
	b.Await("write to #tea", "2 people")
	b.Type("/kick @ada\n")
	b.Await("only its owner and admins remove members of #tea", "› /kick @ada")
}

func TestTheSearchLineHasTheKeysInForce(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	talked(ada, 20)
	keys, err := keymap.Parse([]byte("dialog.accept: ctrl+t\ndialog.dismiss: ctrl+q\ncomposer.kill_line_back: alt+x\n"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, srv.URL()).know(ada)
	d.keys = keys
	a := d.sit("ada", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("thing 20.")
	a.Press("up", "/")
	a.Await("/  ctrl-t searches, ctrl-q gives up")
	a.Type("nowhere")
	a.Press("alt+x", "enter")
	a.Type("thing 3")
	a.Press("ctrl+t")
	a.Await("▌ thing 3.")
	a.Press("/", "ctrl+q")
	a.Await("› esc back")
}

func TestOneDoesNotBlockOrRemoveOneself(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	ada.Must(api.Action{Type: api.CreateGroup, Name: "ops"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("write to #ops")
	a.Type("/block @ada\n")
	a.Await("that is you", "› /block @ada")
	a.Press("ctrl+u")
	a.Type("/kick @ada\n")
	a.Await("that is you: /leave leaves the group", "› /kick @ada")
}
