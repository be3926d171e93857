package composer

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// popup is the completions of the word at the cursor.
type popup struct {
	list complete.List
	at   int
}

func (p popup) open() bool { return len(p.list.Items) > 0 }

// complete looks for completions. A single one that was asked for is taken at once.
func (m Model) complete(asked bool) Model {
	m.popup = popup{}
	if !m.focused {
		return m
	}
	l := m.book.At(m.buf.Text(), m.buf.Cursor(), asked)
	m.popup.list = l
	if asked && len(l.Items) == 1 {
		return m.accept()
	}
	return m
}

func (m Model) choose(a keymap.Action) (Model, tea.Cmd) {
	n := len(m.popup.list.Items)
	switch a {
	case keymap.PopupNext:
		m.popup.at = (m.popup.at + 1) % n
	case keymap.PopupPrev:
		m.popup.at = (m.popup.at + n - 1) % n
	case keymap.PopupClose:
		m.popup = popup{}
	default:
		m = m.accept()
		return m.changed()
	}
	return m, nil
}

// accept puts the chosen completion in the place of the word.
func (m Model) accept() Model {
	l := m.popup.list
	insert, end := l.Items[m.popup.at].Insert, l.End
	if strings.HasPrefix(m.buf.Text()[end:], " ") && strings.HasSuffix(insert, " ") {
		end++
	}
	m.buf.Replace(l.Start, end, insert)
	m.popup = popup{}
	return m
}

// emoji puts an emoji in the place of its name when the second colon was typed.
// What stands before the first must be a space, so that 10:100:1 stays.
func (m Model) emoji() Model {
	s := m.buf.Text()[:m.buf.Cursor()]
	if !strings.HasSuffix(s, ":") {
		return m
	}
	start := strings.LastIndexAny(s[:len(s)-1], ": \n")
	if start < 0 || s[start] != ':' || start > 0 && s[start-1] != ' ' && s[start-1] != '\n' {
		return m
	}
	if glyph, ok := m.book.Emoji(s[start:]); ok {
		m.buf.Replace(start, len(s), glyph)
	}
	return m
}

// Popup is the open completions as lines of exactly width cells, at most that
// many, to lay over what stands above the composer; none when it is closed. Where
// there are more, the last line says how many.
func (m Model) Popup(width, most int) []string {
	items := m.popup.list.Items
	n := min(len(items), most, 8)
	if n <= 0 || width < 4 {
		return nil
	}
	more := n < len(items) && n > 1
	if more {
		n--
	}
	from := min(max(0, m.popup.at-n/2), len(items)-n)
	label, detail := columns(items, width)
	lines := make([]string, 0, n+1)
	for i, it := range items[from : from+n] {
		row := widget.Fill(" "+text.Clip(it.Label, label), label+2)
		row = widget.Fill(row+text.Clip(it.Detail, detail), width)
		style := m.cfg.Theme.Bar
		if from+i == m.popup.at {
			style = m.cfg.Theme.Cursor
		}
		lines = append(lines, style.Render(ansi.Truncate(row, width, "")))
	}
	if more {
		lines = append(lines, m.cfg.Theme.Bar.Render(widget.Fill(text.Clip(others(from, len(items)-from-n), width), width)))
	}
	return lines
}

// columns are the cells of the labels and of the details. Details that would be
// cut to a word or two are left out.
func columns(items []complete.Item, width int) (label, detail int) {
	const least = 24
	widest := 0
	for _, it := range items {
		label, widest = max(label, ansi.StringWidth(it.Label)), max(widest, ansi.StringWidth(it.Detail))
	}
	label = min(label, width-2)
	detail = max(0, width-label-3)
	if detail < min(least, widest) {
		detail = 0
	}
	return label, detail
}

// others says how many items are above those that are shown, and below.
func others(above, below int) string {
	switch {
	case above == 0:
		return fmt.Sprintf(" ↓ %d more …", below)
	case below == 0:
		return fmt.Sprintf(" ↑ %d more …", above)
	}
	return fmt.Sprintf(" ↑ %d, ↓ %d more …", above, below)
}
