package field_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget/field"
	"pgregory.net/rapid"

	tea "github.com/charmbracelet/bubbletea"
)

func typed(f field.Field, s string) field.Field {
	f.Press(keymap.None, tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)})
	return f
}

func TestAPasteIsOneLine(t *testing.T) {
	f := typed(field.New(0), "a\nb\r\n")
	if f.Text() != "a b" {
		t.Errorf("%q", f.Text())
	}
}

func TestASecretIsNotSeen(t *testing.T) {
	f := typed(field.Secret(0), "geheim")
	for _, on := range []bool{true, false} {
		if v := ansi.Strip(f.View(20, on)); strings.Contains(v, "g") || !strings.Contains(v, "••••••") {
			t.Errorf("%q", v)
		}
	}
}

func TestTheEndOfALongLineIsSeenWhileItIsWritten(t *testing.T) {
	f := typed(field.New(0), "the beginning and the end")
	if v := ansi.Strip(f.View(10, true)); v != "d the end " {
		t.Errorf("%q", v)
	}
	if v := ansi.Strip(f.View(10, false)); v != "the begin…" {
		t.Errorf("%q", v)
	}
}

func TestAFieldIsAsWideAsItWasGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := field.New(0)
		if rapid.Bool().Draw(t, "secret") {
			f = field.Secret(0)
		}
		f = typed(f, rapid.String().Draw(t, "text"))
		for range rapid.IntRange(0, 5).Draw(t, "left") {
			f.Press(keymap.CharLeft, tea.KeyMsg{})
		}
		width := rapid.IntRange(1, 30).Draw(t, "width")
		if got := ansi.StringWidth(f.View(width, rapid.Bool().Draw(t, "focused"))); got != width {
			t.Fatalf("%q is %d cells, not %d", f.View(width, true), got, width)
		}
	})
}
