package tui_test

import (
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/tui/tuitest"
)

// writes waits until the composer, where it has one row, has exactly that text.
func writes(x *tuitest.Terminal, text string) {
	x.AwaitThat("› "+text, func(s string) bool {
		for line := range strings.Lines(s) {
			if _, written, ok := strings.Cut(line, "› "); ok {
				return strings.TrimRight(written, " \n") == text
			}
		}
		return false
	})
}

// writing is the screen of somebody who writes to bob.
func writing(t *testing.T) *tuitest.Terminal {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("write to @bob")
	return a
}

// step is some keys, and what is written then.
type step struct {
	keys string
	text string
}

func follow(x *tuitest.Terminal, steps ...step) {
	for _, s := range steps {
		x.Press(strings.Fields(s.keys)...)
		writes(x, s.text)
	}
}

func TestTheCursorGoesWhereKeysSay(t *testing.T) {
	a := writing(t)
	a.Type("one two three")
	writes(a, "one two three")
	follow(a, // a letter shows where the cursor is
		step{"ctrl+a A", "Aone two three"}, step{"ctrl+h", "one two three"},
		step{"right B", "oBne two three"}, step{"backspace ctrl+f C", "onCe two three"},
		step{"backspace left D", "oDne two three"}, step{"backspace ctrl+b E", "Eone two three"},
		step{"backspace ctrl+e F", "one two threeF"}, step{"backspace home G", "Gone two three"},
		step{"backspace end H", "one two threeH"}, step{"backspace alt+b I", "one two Ithree"},
		step{"backspace alt+left J", "one Jtwo three"}, step{"backspace ctrl+left K", "Kone two three"},
		step{"backspace alt+f L", "oneL two three"}, step{"backspace alt+right M", "one twoM three"},
		step{"backspace ctrl+right N", "one two threeN"}, step{"backspace ctrl+home O", "Oone two three"},
		step{"backspace alt+> P", "one two threeP"}, step{"backspace alt+< Q", "Qone two three"},
	)
}

func TestTextIsCutPutBackAndUndoneWithKeys(t *testing.T) {
	a := writing(t)
	a.Type("one two three")
	writes(a, "one two three")
	follow(a,
		step{"ctrl+a ctrl+d", "ne two three"}, step{"delete", "e two three"},
		step{"ctrl+_", "ne two three"}, step{"ctrl+x ctrl+u", "one two three"},
		step{"alt+_", "ne two three"}, step{"ctrl+x ctrl+r", "e two three"},
		step{"ctrl+_ ctrl+_", "one two three"},
		step{"alt+d", " two three"}, step{"ctrl+y", "one two three"},
		step{"ctrl+e ctrl+w", "one two"}, step{"ctrl+y", "one two three"}, step{"alt+y", "one two one"},
		step{"alt+backspace", "one two"}, step{"ctrl+a ctrl+k", " write to @bob · f1 help"}, step{"ctrl+y", "one two"},
		step{"ctrl+u", " write to @bob · f1 help"}, step{"a b ctrl+t", "ba"},
	)
}

func TestAMessageOfSeveralLinesIsWritten(t *testing.T) {
	a := writing(t)
	a.Type("one")
	a.Press("alt+enter")
	a.Type("two")
	a.Press("ctrl+j")
	a.Type("three")
	a.Await("› one", "  two", "  three")
	for _, s := range []struct{ keys, one, two, three string }{
		{"up A", "one", "twoA", "three"}, {"ctrl+p B", "oneB", "twoA", "three"},
		{"down C", "oneB", "twoAC", "three"}, {"ctrl+n D", "oneB", "twoAC", "threeD"},
	} {
		a.Press(strings.Fields(s.keys)...)
		a.Await("› "+s.one+"\n", "  "+s.two+"\n", "  "+s.three+"\n")
	}
	a.Press("enter")
	sent(a, "threeD")
}

func TestCompletionsAreWalkedTakenAndClosedWithKeys(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _, _ := srv.Person("ada"), srv.Person("bea"), srv.Person("bob")
	ada.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"bea", "bob"}})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 80, 24)
	a.Await("connected", "#ops")
	a.Press("alt+n")
	a.Await("write to #ops", "3 people")
	for _, s := range []struct{ keys, text string }{
		{"tab", "@bea"}, {"down tab", "@bob"}, {"ctrl+n enter", "@bob"}, {"down up tab", "@bea"}, {"down ctrl+p tab", "@bea"},
	} {
		a.Type("@b")
		a.Await("│ @bea", "│ @bob")
		a.Press(strings.Fields(s.keys)...)
		writes(a, s.text)
		a.Press("ctrl+u")
		a.Await("write to #ops")
	}
	a.Type("@b")
	a.Await("│ @bea", "│ @bob")
	a.Press("esc")
	a.AwaitGone("│ @bea")
	a.Press("tab") // asks for them
	a.Await("│ @bea", "│ @bob")
	a.Press("esc")
	a.Type("o")
	a.Press("esc", "tab") // there is one alone
	writes(a, "@bob")
}
