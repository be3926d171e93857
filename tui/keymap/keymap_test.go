package keymap_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/tui/keymap"
)

func TestBothSetsHaveNoConflictAndAreWrittenAsTheyAreRead(t *testing.T) {
	for name, m := range map[string]*keymap.Map{"default": keymap.Default(), "vim": keymap.Vim()} {
		again, err := keymap.Parse(m.File()) // which binds everything as it is, so that Parse looks at all of it
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := string(again.File()), string(m.File()); got != want {
			t.Errorf("%s: read from a file it is\n%s\nnot\n%s", name, got, want)
		}
		for _, a := range m.All() {
			if m.Of(a) == "" {
				t.Errorf("%s: %s has no key", name, a)
			}
		}
		for _, g := range m.Help() {
			for _, r := range g.Rows {
				if r.Help == "" {
					t.Errorf("%s: %s has no words for the help page", name, r.Action)
				}
			}
		}
	}
}

func TestAKeyMeansWhatTheFirstContextSays(t *testing.T) {
	keys := keymap.Default().Keys()
	up := tea.KeyMsg{Type: tea.KeyUp}
	if got := keys.Press(up, keymap.Empty, keymap.Composer); got != keymap.EnterSelect {
		t.Errorf("up with nothing written: %q", got)
	}
	if got := keys.Press(up, keymap.Composer); got != keymap.CursorUp {
		t.Errorf("up in a text: %q", got)
	}
	if got := keys.Press(letter('x'), keymap.Composer, keymap.Global); got != keymap.None {
		t.Errorf("a letter: %q", got)
	}
}

func TestAChordIsReadKeyByKey(t *testing.T) {
	keys := keymap.Default().Keys()
	x, e := tea.KeyMsg{Type: tea.KeyCtrlX}, tea.KeyMsg{Type: tea.KeyCtrlE}
	if got := keys.Press(x, keymap.Composer); got != keymap.Pending {
		t.Fatalf("ctrl-x: %q", got)
	}
	if held, ok := keys.Holds(); !ok || held != "ctrl-x" {
		t.Errorf("held %q, %v", held, ok)
	}
	if got := keys.Press(e, keymap.Composer); got != keymap.Editor {
		t.Errorf("ctrl-x ctrl-e: %q", got)
	}
	if got := keys.Press(e, keymap.Composer); got != keymap.LineEnd {
		t.Errorf("ctrl-e alone: %q", got)
	}
	keys.Press(x, keymap.Composer)
	if got := keys.Press(letter('q'), keymap.Composer); got != keymap.Pending {
		t.Errorf("a key that breaks a chord: %q, must be taken with it", got)
	}
	if got := keys.Press(letter('q'), keymap.Composer); got != keymap.None {
		t.Errorf("the key after a broken chord: %q", got)
	}
}

func TestAPasteIsNoKey(t *testing.T) {
	keys := keymap.Default().Keys()
	if got := keys.Press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("r"), Paste: true}, keymap.Select); got != keymap.None {
		t.Errorf("a pasted r: %q", got)
	}
}

func TestTextThatCameAtOnceIsNoKey(t *testing.T) {
	keys := keymap.Default().Keys()
	in := []keymap.Context{keymap.Global, keymap.Scroll, keymap.Popup, keymap.Composer}
	for _, word := range []string{"down", "enter", "home", "ctrl+c", "ctrl+x"} {
		if got := keys.Press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(word)}, in...); got != keymap.None {
			t.Errorf("the text %q: %q", word, got)
		}
	}
}

func TestAFileChangesKeys(t *testing.T) {
	_, err := keymap.Parse([]byte("# mine\nset: vim\nglobal.switcher: [Ctrl-P, alt-k]\ncomposer.up: up\nlist.up: up\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3: global.switcher: ctrl-p is also popup.previous, by the set") {
		t.Errorf("a key of the completions for the switcher, too: %v", err)
	}
	m, err := keymap.Parse([]byte("set: vim\nglobal.switcher: [Alt-P, alt-K, f5]\nglobal.previous_conversation: []\nselect.reply: space\ncomposer.undo: ctrl-/\n"))
	if err != nil {
		t.Fatal(err)
	}
	keys := m.Keys()
	for _, c := range []struct {
		press tea.KeyMsg
		in    keymap.Context
		want  keymap.Action
	}{
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("P"), Alt: true}, keymap.Global, keymap.Switcher},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("k"), Alt: true}, keymap.Global, keymap.None},
		{tea.KeyMsg{Type: tea.KeyF5}, keymap.Global, keymap.Switcher},
		{tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}, keymap.Select, keymap.Reply},
		{tea.KeyMsg{Type: tea.KeyCtrlUnderscore}, keymap.Composer, keymap.Undo},
		{letter('j'), keymap.Select, keymap.SelectDown},
	} {
		if got := keys.Press(c.press, c.in); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.press, c.in, got, c.want)
		}
	}
	if m.Of(keymap.PrevRoom) != "" {
		t.Error("an action with [] still has a key")
	}
}

func TestEveryMistakeIsToldWithItsLine(t *testing.T) {
	_, err := keymap.Parse([]byte(`composer.sned: enter
composer.help: f2
composer.send: x
global.quit: hyper-q
global.outbox: [alt-9, ctrl-9]
global.redraw:
global.outbox: f9
scroll.page_up: shift-a
`))
	if err == nil {
		t.Fatal("passed")
	}
	for _, want := range []string{
		`line 1: there is no action "composer.sned"`,
		`line 2: there is no action "composer.help"; global.help is one`,
		`line 3: composer.send: x is a character that people type`,
		`line 4: global.quit: "hyper-q" is no key`,
		`line 5: global.outbox: "ctrl-9" cannot be told by a terminal`,
		`line 6: global.redraw takes a key, a list of keys, or [] for none`,
		`line 7: global.outbox was bound in line 5 already`,
		`line 8: scroll.page_up: "shift-a"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s", want)
		}
	}
	var m *keymap.Mistake
	if !errors.As(err, &m) || m.Line != 1 {
		t.Errorf("no Mistake of line 1: %v", m)
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestMistakesOfEveryKindAreToldTogetherByLine(t *testing.T) {
	_, err := keymap.Parse([]byte("composer.send: f9\nglobal.quit: hyper-q\ncomposer.undo: f9\n"))
	if err == nil || !regexp.MustCompile(`(?s)^line 2: global.quit: .*\nline 3: composer.undo: f9 is also composer.send, on line 1: give one of them another key`).MatchString(err.Error()) {
		t.Errorf("%v", err)
	}
	_, err = keymap.Parse([]byte("global.quit: x-y\nset: emacs\n"))
	if err == nil || !regexp.MustCompile(`(?s)^line 1: global.quit: .*\nline 2: there is no set "emacs"`).MatchString(err.Error()) {
		t.Errorf("%v", err)
	}
	if _, err = keymap.Parse([]byte(strings.Repeat("no.action: f9\n", 12))); err == nil || !strings.HasSuffix(err.Error(), "\nand 2 more") {
		t.Errorf("%v", err)
	}
}

func TestAChordAndItsBeginningConflict(t *testing.T) {
	_, err := keymap.Parse([]byte("composer.send: [enter, ctrl-x]\n"))
	if err == nil || !strings.Contains(err.Error(), "line 1: composer.send: ctrl-x and ctrl-x ctrl-e begin alike, which is composer.editor, by the set") {
		t.Errorf("%v", err)
	}
}

func TestAFileThatIsNotThereIsTheDefault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.yaml")
	m, err := keymap.Load(path)
	if err != nil || m.Of(keymap.Switcher) != "alt-k" {
		t.Fatalf("%v, %v", m, err)
	}
	if err := os.WriteFile(path, []byte("set: emacs\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keymap.Load(path); err == nil || !strings.Contains(err.Error(), "keys.yaml: line 1: there is no set") {
		t.Errorf("%v", err)
	}
}

func TestAFileWithoutAnEndIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no /dev/zero")
	}
	if _, err := keymap.Load("/dev/zero"); err == nil || !strings.Contains(err.Error(), "/dev/zero: larger than") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("set: vim\nglobal.quit: [ctrl-q, 'g g']\n"))
	f.Add([]byte("? [a]\n: b"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := keymap.Parse(b)
		if (m == nil) != (err != nil) {
			t.Fatalf("%v, %v", m, err)
		}
	})
}

func letter(r rune) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}} }
