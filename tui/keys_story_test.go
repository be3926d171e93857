package tui_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestKeysLeadFromConversationToConversation(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob, _ := srv.Person("ada"), srv.Person("bob"), srv.Person("eve")
	made := bob.Must(api.Action{Type: api.CreateGroup, Name: "ops", Members: []string{"ada"}})
	bob.Must(api.Action{Type: api.SendMessage, Conversation: made.Conversation, Text: "in the group"})
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "to bob"})
	ada.Must(api.Action{Type: api.SendMessage, To: "eve", Text: "to eve"})
	a := newDesk(t, srv.URL()).know(ada).sit("ada", 100, 24)
	a.Await("connected", "@eve", "@bob", "#ops")
	a.Press("alt+n")
	a.Await("to eve") // the latest is the first
	a.Press("alt+down")
	a.Await("to bob")
	a.Press("alt+n")
	a.Await("in the group")
	a.Press("alt+p")
	a.Await("to bob")
	a.Press("alt+up")
	a.Await("to eve")
	a.Press("alt+k")
	a.Await("go to")
	a.Type("op")
	a.Await("│ op ", "▸ #ops")
	a.Press("enter")
	a.Await("in the group", "write to #ops")
	a.Press("alt+r")
	a.AwaitGone("@eve") // the rail
	a.Press("alt+r")
	a.Await("@eve")
	a.Resize(40, 24)
	a.Await("connected")
	a.Press("alt+r")
	a.Await("no room for the list")
	a.Resize(100, 24)
	a.Await("@eve")
	a.AwaitGone("unread")
	a.Press("alt+a")
	a.Await("everything is read")
	a.Press("alt+m")
	a.Await("nobody mentioned you")
}

func TestASelectedMessageIsActedOnWithKeys(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the program that opens links is a shell script here")
	}
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "the first thing"})
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "see https://example.org/x"})
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "mine"})
	d := newDesk(t, srv.URL()).know(ada)
	browser, opened := filepath.Join(d.dir, "browser"), filepath.Join(d.dir, "opened")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nprintf %s \"$2\" >\"$1\"; exit 7\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	d.opener = []string{browser, opened}
	a := d.sit("ada", 160, 24)
	a.Await("connected", "@bob")
	a.Press("alt+n")
	a.Await("mine")

	a.Press("up")
	a.Await("▌ mine", "› esc back  r reply  e edit  d delete  c copy  ? more")
	a.Press("k")
	a.Await("▌ see", "› esc back  r reply  c copy  o open link  ? more") // bob's
	a.Burst("k")
	a.Await("▌ the first thing", "› esc back  r reply  c copy  ? more")
	a.Burst("jk")
	a.Await("▌ the first thing")
	a.Burst("jrso be it")
	a.Await("replying to @bob: see https://example.org/x", "› so be it")
	a.Press("ctrl+u", "esc", "up")
	a.Await("▌ mine")
	a.Press("k")
	a.Await("▌ see")
	a.Press("g")
	a.Await("▌ the first thing")
	a.Press("j")
	a.Await("▌ see")
	a.Press("up")
	a.Await("▌ the first thing")
	a.Press("down")
	a.Await("▌ see")
	a.Press("end")
	a.Await("▌ mine")
	a.Press("home")
	a.Await("▌ the first thing")
	a.Press("enter")
	a.Await("replying to @bob: the first thing")
	a.Press("esc", "up")
	a.Await("▌ mine")
	a.Press("q")
	a.Await("write to @bob")
	a.Press("up", "k")
	a.Await("▌ see")
	a.Press("o")
	a.Await("opening the link", "exit status 7")
	if b, err := os.ReadFile(opened); err != nil || string(b) != "https://example.org/x" {
		t.Errorf("opened %q (%v)", b, err)
	}
	a.Press("v")
	a.Await("as it was sent", "sender ")
	a.Press("esc")
	a.AwaitGone("as it was sent")
	a.Press("R")
	a.Await("Give the administrators a copy")
	a.Press("y")
	a.Await("the administrators have a copy of it")
	a.Press("e")
	a.Await("only its sender can edit a message")
	for _, key := range []string{"?", "alt+?"} {
		a.Press(key)
		a.Await("keys and commands")
		a.Press("esc")
		a.AwaitGone("keys and commands")
	}

	a.Press("G")
	a.Await("▌ mine")
	a.Press("e")
	a.Await("› mine")
	a.Type(" now\n")
	a.Await("mine now (edited)")
	a.Press("up")
	a.Await("▌ mine now")
	a.Press("d")
	a.Await("Delete this message")
	a.Press("y")
	a.Await("▌ deleted", "› esc back  v raw  ? more")
	a.Press(":")
	a.Await("› /")
}

func TestTheFirstUnreadMessageIsFoundWithAKey(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	talked(ada, api.EntriesPage+20)
	a := newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	a.Await("connected", "120 unread")
	a.Press("alt+a")
	a.Await("thing 120.")
	a.Press("alt+u")
	a.Await("── new ──", "thing 1.")
	a.Press("pgdown")
	a.AwaitGone("thing 1.")
	a.Press("ctrl+up", "ctrl+up", "pgup")
	a.Await("thing 1.")
	a.Press("pgup")
	for _, by := range [][2]string{{"ctrl+down", "shift+up"}, {"shift+down", "ctrl+up"}} {
		a.Await("the beginning of the conversation")
		a.Press(by[0])
		a.AwaitGone("the beginning of the conversation")
		a.Await("thing 1.")
		a.Press(by[1])
	}
	for _, key := range []string{"ctrl+end", "alt+end"} {
		a.Press(key)
		a.Await("thing 120.")
		a.Press("pgup", "pgup")
		a.AwaitGone("thing 120.")
	}
}
