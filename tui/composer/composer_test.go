package composer_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/draft"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
	"pgregory.net/rapid"

	tea "github.com/charmbracelet/bubbletea"
)

var room, other = api.NewConversationID(), api.NewConversationID()

// writer is somebody at a composer.
type writer struct {
	composer.Model
	said []tea.Msg
}

func newWriter(cfg composer.Config) *writer {
	cfg.Keys, cfg.Theme = keymap.Default(), widget.NewTheme(widget.Terminal{})
	w := &writer{Model: composer.New(cfg).Resize(40, 6)}
	w.Model, _ = w.Open(room, "@bob", "")
	return w
}

func (w *writer) update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	var said []tea.Msg
	w.Model, cmd = w.Update(msg)
	w.Model, said = w.Take()
	w.said = append(w.said, said...)
	return cmd
}

var named = map[string]tea.KeyMsg{
	"enter": {Type: tea.KeyEnter}, "tab": {Type: tea.KeyTab}, "esc": {Type: tea.KeyEsc}, "up": {Type: tea.KeyUp}, "down": {Type: tea.KeyDown},
	"backspace": {Type: tea.KeyBackspace}, "alt-enter": {Type: tea.KeyEnter, Alt: true}, "undo": {Type: tea.KeyCtrlUnderscore},
	"ctrl-x": {Type: tea.KeyCtrlX}, "ctrl-e": {Type: tea.KeyCtrlE}, "ctrl-u": {Type: tea.KeyCtrlU},
}

// keys types the words, or presses the keys of those names.
func (w *writer) keys(words ...string) (last tea.Cmd) {
	for _, s := range words {
		if key, ok := named[s]; ok {
			last = w.update(key)
			continue
		}
		for _, r := range s {
			last = w.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
		}
	}
	return last
}

func (w *writer) paste(s string) {
	w.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s), Paste: true})
}

// screen is what is seen, without attributes.
func (w *writer) screen() string {
	return ansi.Strip(strings.Join(append(w.Popup(40, 8), w.View()), "\n"))
}

func (w *writer) sees(t *testing.T, want string) {
	t.Helper()
	if !strings.Contains(w.screen(), want) {
		t.Errorf("%q is not on the screen:\n%s", want, w.screen())
	}
}

// told is what was told since the last time.
func (w *writer) told(t *testing.T, want ...tea.Msg) {
	t.Helper()
	if got := w.said; len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("told %#v, want %#v", got, want)
	}
	w.said = nil
}

func TestTheSendingKeySends(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("hello", "alt-enter", "there ", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "hello\nthere"})
	w.keys("enter", "   ", "enter")
	w.told(t)
}

func TestMessagesAreToldInTheOrderOfTheKeys(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("one", "enter", "two", "enter", "/quit", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "one"}, composer.Submit{Conversation: room, Text: "two"},
		composer.Command{Conversation: room, Command: slash.Quit{}, Written: "/quit"})
}

func TestOfWhereNothingCanBeSentOnlyCommandsGo(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("a draft")
	w.Model = w.Call("#ops", "you are not there")
	w.sees(t, "a draft")
	w.keys("!", "enter")
	if len(w.said) != 1 || w.Text() != "a draft!" {
		t.Fatalf("%v was said, and %q is written", w.said, w.Text())
	}
	if trouble, ok := w.said[0].(composer.Trouble); !ok || trouble.Err.Error() != "you are not there" {
		t.Errorf("%v was said", w.said)
	}
	w.keys("ctrl-u")
	w.sees(t, "you are not there")
	w.keys("up", "/leave", "enter")
	if len(w.said) != 3 || w.said[1] != (composer.Select{}) {
		t.Fatalf("%v was said", w.said)
	}
	if c, ok := w.said[2].(composer.Command); !ok || c.Written != "/leave" {
		t.Errorf("%v was said", w.said)
	}
	w.Model, _ = w.Type("/")
	if w.Text() != "/" {
		t.Errorf("%q is written", w.Text())
	}
}

func TestAPasteNeverSendsItself(t *testing.T) {
	w := newWriter(composer.Config{})
	w.paste("rm -rf /\r\n\x1b[201~\r/quit\n")
	w.told(t)
	w.keys("enter")
	w.told(t, composer.Submit{Conversation: room, Text: "rm -rf /\n[201~\n/quit"})
}

func TestATextThatIsTooLongStaysToBeShortened(t *testing.T) {
	w := newWriter(composer.Config{})
	w.paste(strings.Repeat("x", api.MaxText+1))
	w.sees(t, "8193 of 8192 bytes")
	w.keys("enter")
	if len(w.said) != 1 {
		t.Fatalf("told %v", w.said)
	}
	if trouble, ok := w.said[0].(composer.Trouble); !ok || !strings.Contains(trouble.Err.Error(), "cannot be sent") {
		t.Errorf("told %v", w.said)
	}
	w.said = nil
	w.keys("backspace", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: strings.Repeat("x", api.MaxText)})
}

func TestAWrongCommandIsToldAndStays(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("/kick @bob @ada", "enter")
	if len(w.said) != 1 || w.Empty() {
		t.Fatalf("told %v", w.said)
	}
	w.said = nil
	w.keys("ctrl-u", "//etc/hosts", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "/etc/hosts"})
}

func TestUpWithNothingWrittenSelects(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("up")
	w.told(t, composer.Select{})
	w.keys("a", "up")
	w.told(t)
}

func TestCompletions(t *testing.T) {
	w := newWriter(composer.Config{})
	w.Model = w.People([]complete.Person{{Handle: "ada", Name: "Ada"}, {Handle: "adam"}}, []string{"ops"})
	w.keys("hi @ad")
	w.sees(t, "@adam")
	w.keys("down", "tab", "and #o", "enter", ":tad", "tab")
	w.sees(t, "hi @adam and #ops 🎉")
	w.keys("enter")
	w.told(t, composer.Submit{Conversation: room, Text: "hi @adam and #ops 🎉"})
	w.keys("done :+1:", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "done 👍"})
	w.keys("@a", "esc", "esc", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "@a"})
	w.keys("/le", "tab", "enter")
	w.told(t, composer.Command{Conversation: room, Command: slash.Leave{}, Written: "/leave"})
}

func TestTheListOfCompletionsSaysHowManyMoreThereAre(t *testing.T) {
	w := newWriter(composer.Config{})
	n := len(slash.All())
	w.keys("/")
	w.sees(t, fmt.Sprintf("↓ %d more …", n-7))
	if strings.Contains(w.screen(), "open the con") {
		t.Errorf("40 cells show a part of what commands do:\n%s", w.screen())
	}
	if wide := ansi.Strip(strings.Join(w.Popup(60, 8), "\n")); !strings.Contains(wide, "open the conversation with a person") {
		t.Errorf("60 cells do not show what commands do:\n%s", wide)
	}
	for range n / 2 {
		w.keys("down")
	}
	w.sees(t, fmt.Sprintf("↑ %d, ↓ %d more …", n/2-3, n-n/2-4))
	for range n - 1 - n/2 {
		w.keys("down")
	}
	w.sees(t, "/quit")
	w.sees(t, fmt.Sprintf("↑ %d more …", n-7))
}

func TestAReplyNamesItsMessage(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("half")
	w.Model, _ = w.Reply(7, "@bob: \x1b[31mwhat?")
	w.sees(t, "replying to @bob: ␛[31mwhat?")
	w.keys(" done", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "half done", ReplyTo: 7})
	w.Model, _ = w.Reply(8, "x")
	w.keys("esc", "no", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "no"})
}

func TestAfterAnEditTheDraftIsBack(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("my draft")
	w.Model, _ = w.Edit(3, "old text")
	w.keys("!", "enter")
	w.told(t, composer.Submit{Conversation: room, Text: "old text!", Edits: 3})
	w.sees(t, "my draft")
	w.Model, _ = w.Edit(3, "old text")
	w.keys("esc")
	w.sees(t, "my draft")
}

func TestEachConversationHasItsDraft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drafts.json")
	store, saved, err := draft.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(composer.Config{Drafts: store, Saved: saved})
	w.keys("for bob")
	w.Model, _ = w.Open(other, "ops", "")
	if !w.Empty() || !w.HasDraft(room) || w.HasDraft(other) {
		t.Error("the draft went along")
	}
	w.keys("for ops")
	if msg := w.Save()(); msg != nil {
		t.Fatal(msg)
	}

	store, saved, err = draft.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	w = newWriter(composer.Config{Drafts: store, Saved: saved})
	w.sees(t, "for bob")
	cmd := w.keys("enter")
	w.told(t, composer.Submit{Conversation: room, Text: "for bob"})
	if cmd == nil {
		t.Fatal("a sent draft is not deleted at once")
	}
	cmd()
	if _, saved, err = draft.Open(path); err != nil || len(saved) != 1 || saved[other].Text != "for ops" {
		t.Errorf("%v, %v", saved, err)
	}
}

func TestDraftsAreSavedWhileOneWrites(t *testing.T) {
	store, _, err := draft.Open(filepath.Join(t.TempDir(), "drafts.json"))
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(composer.Config{Drafts: store})
	tick := w.keys("a")
	if tick == nil {
		t.Fatal("nothing will be saved")
	}
	if w.keys("b") != nil {
		t.Error("a second tick while one waits")
	}
	if cmd := w.update(tick()); cmd == nil {
		t.Error("the tick saves nothing")
	}
	if w.keys("c") == nil {
		t.Error("nothing more will be saved")
	}
}

func TestTheEditorsTextIsTakenAndNotSent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the editor of this test is a shell script")
	}
	script := filepath.Join(t.TempDir(), "my editor")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf ' and more\\n' >>\"$2\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWriter(composer.Config{Editor: "'" + script + "' --flag"})
	p := tea.NewProgram(screen{w}, tea.WithContext(t.Context()), tea.WithInput(strings.NewReader("")), tea.WithOutput(io.Discard))
	go func() {
		for _, key := range []tea.KeyMsg{{Type: tea.KeyRunes, Runes: []rune("hello")}, named["ctrl-x"], named["ctrl-e"]} {
			p.Send(key)
		}
	}()
	if _, err := p.Run(); err != nil {
		t.Fatal(err)
	}
	w.told(t)
	w.sees(t, "hello and more")
	w.keys("undo")
	w.keys("enter")
	w.told(t, composer.Submit{Conversation: room, Text: "hello"})
}

// screen is a program with nothing but a composer, which ends when the editor has.
type screen struct{ w *writer }

func (s screen) Init() tea.Cmd { return nil }
func (s screen) View() string  { return s.w.View() }
func (s screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := s.w.update(msg)
	if strings.Contains(s.w.screen(), "more") || len(s.w.said) > 0 {
		return s, tea.Quit
	}
	return s, cmd
}

func TestWithoutAnEditorPeopleAreToldWhatToSet(t *testing.T) {
	w := newWriter(composer.Config{})
	w.keys("ctrl-x", "ctrl-e")
	if len(w.said) != 1 || !strings.Contains(w.said[0].(composer.Trouble).Err.Error(), "EDITOR=vi") {
		t.Errorf("told %v", w.said)
	}
}

func TestNoLineIsWiderThanTheComposer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter(composer.Config{})
		width, height := rapid.IntRange(1, 60).Draw(t, "width"), rapid.IntRange(1, 10).Draw(t, "height")
		w.Model = w.Resize(width, height).People([]complete.Person{{Handle: "ada", Name: "漢字\x1b[2J" + strings.Repeat("x", 90)}}, nil)
		for range rapid.IntRange(0, 6).Draw(t, "pieces") {
			w.paste(rapid.String().Draw(t, "paste"))
			w.keys(rapid.SampledFrom([]string{"@", "a", "/", ":sm", "up", "down", "漢字", "👨‍👩‍👧", "enter", "tab"}).Draw(t, "key"))
		}
		if rapid.Bool().Draw(t, "reply") {
			w.Model, _ = w.Reply(1, rapid.String().Draw(t, "quote"))
		}
		lines := strings.Split(w.View(), "\n")
		if len(lines) != w.Height() || len(lines) > height {
			t.Fatalf("%d lines, height %d of %d", len(lines), w.Height(), height)
		}
		for _, l := range lines {
			if got := ansi.StringWidth(l); got != width {
				t.Fatalf("%q is %d cells wide, not %d", l, got, width)
			}
		}
		for _, l := range w.Popup(width, 8) {
			if got := ansi.StringWidth(l); got != width {
				t.Fatalf("completion %q is %d cells wide, not %d", l, got, width)
			}
		}
	})
}
