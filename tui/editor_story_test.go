//go:build !windows

package tui_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/servertest"
)

// asks is an editor that has its say on the screen, and adds a line with what
// the person answers.
const asks = `#!/bin/sh
printf 'which word? '
word=$(head -n 1)
printf '\nand the %s' "$word" >>"$1"
`

func TestWhatWasWrittenInTheEditorIsSentAndArrives(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada)
	d.editor = filepath.Join(d.dir, "asks")
	if err := os.WriteFile(d.editor, []byte(asks), 0o700); err != nil {
		t.Fatal(err)
	}
	a, b := d.sit("ada", 80, 24), newDesk(t, srv.URL()).know(bob).sit("bob", 80, 24)
	a.Await("connected")
	b.Await("connected")
	a.Type("/dm @bob\n")
	a.Await("write to @bob")
	a.Type("the first line")
	a.Press("ctrl+x", "ctrl+e")
	a.Await("which word?")
	a.AwaitGone("connected") // the screen is the editor's
	a.Type("second")
	a.Press("ctrl+j")
	a.Await("connected", "the first line", "and the second")
	a.AwaitGone("which word?", "✓") // nothing is sent
	a.Press("enter")
	sent(a, "and the second")
	a.Await("the first line", "write to @bob")
	b.Await("1 unread")
	b.Press("alt+a")
	b.Await("the first line", "and the second")
}

func TestAnEditorThatFailsChangesNothing(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada)
	d.editor = "sh -c 'echo lost >\"$1\"; exit 3' sh"
	a := d.sit("ada", 160, 24)
	a.Await("connected")
	a.Type("/dm @bob\n")
	a.Await("write to @bob")
	a.Type("half a thought")
	a.Press("ctrl+x", "ctrl+e")
	a.Await("half a thought", "exit status 3; the text is as it was")
	a.Press("enter")
	sent(a, "half a thought")
}

func TestAnEditorThatIsNotThereIsToldAndTheTextStays(t *testing.T) {
	srv := servertest.Start(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	d := newDesk(t, srv.URL()).know(ada)
	for editor, told := range map[string]string{
		"":               "there is no editor: set EDITOR, as in EDITOR=vi",
		"no-such-editor": `there is no editor "no-such-editor": set EDITOR, as in EDITOR=vi`,
	} {
		d.editor = editor
		a := d.sit("ada", 120, 24)
		a.Await("connected")
		a.Type("/dm @bob\n")
		a.Await("write to @bob")
		a.Type("half a thought")
		a.Press("ctrl+x", "ctrl+e")
		a.Await("half a thought", told)
		a.Press("ctrl+u")
		a.Await("write to @bob")
		a.Press("ctrl+c")
		if err := a.AwaitEnd(); err != nil {
			t.Fatal(err)
		}
	}
}
