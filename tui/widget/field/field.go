// Package field is one line that people write into, for forms and dialogs.
//
// It owns the text, its cursor and what is seen of it; a secret one shows none
// of it. Which keys it gets is decided by who holds it. A Field is a value.
package field

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/edit"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Field is the line.
type Field struct {
	buf    edit.Buffer
	secret bool
}

// New returns an empty field for at most this many bytes.
func New(most int) Field { return Field{buf: edit.Line(most)} }

// Secret returns one that shows a dot for each character, and cuts nothing that could be yanked.
func Secret(most int) Field { return Field{buf: edit.Line(most), secret: true} }

// Text is what was written.
func (f Field) Text() string { return f.buf.Text() }

// Set replaces it.
func (f *Field) Set(s string) { f.buf.Set(s) }

// Press takes a key that means a, of keymap's Composer context or None, and
// reports whether it was for the field.
func (f *Field) Press(a keymap.Action, msg tea.KeyMsg) bool {
	switch {
	case a == keymap.Pending:
		return true
	case a != keymap.None:
		return f.buf.Do(a)
	case (msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace) && !msg.Alt:
		f.buf.Insert(strings.Trim(string(msg.Runes), "\r\n"))
		return true
	}
	return false
}

// View is exactly width cells of the text: those around the cursor when focused, else the first.
func (f Field) View(width int, focused bool) string {
	if width <= 0 {
		return ""
	}
	s, at := f.buf.Text(), f.buf.Cursor()
	if f.secret {
		at = len("•") * len([]rune(s[:at]))
		s = strings.Repeat("•", len([]rune(s)))
	}
	if !focused {
		s = ansi.Truncate(s, width, "…")
		return widget.Fill(s, width)
	}
	for ansi.StringWidth(s[:at]) > width-1 {
		c, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		s, at = s[len(c):], at-len(c)
	}
	drawn := ansi.Truncate(edit.Draw(s, at), width, "")
	return widget.Fill(drawn, width)
}
