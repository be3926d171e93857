package thread

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/edit"
)

// View draws the thread: exactly as many lines as its height, none wider than its width.
func (m Model) View() string {
	body := m.body()
	lines := make([]string, 0, m.height)
	skip := m.top.line
	for row := m.top.row; row < m.rows() && len(lines) < body; row++ {
		drawn := m.row(row)
		drawn = drawn[min(skip, len(drawn)):]
		lines = append(lines, drawn[:min(len(drawn), body-len(lines))]...)
		skip = 0
	}
	var b strings.Builder
	b.WriteString(strings.Repeat("\n", body-len(lines))) // a short talk stands at the bottom
	b.WriteString(strings.Join(lines, "\n"))
	if m.height > 1 {
		b.WriteString("\n" + m.footer())
	}
	return b.String()
}

// footer is the last line: the search, what is below, or who is writing.
func (m *Model) footer() string {
	th := m.cfg.Theme
	switch {
	case m.searching:
		return m.searchLine()
	case m.below > 0:
		return th.Accent.Render(text.Clip(fmt.Sprintf("↓ %d new below", m.below), m.width))
	case len(m.typing) > 0:
		return th.Dim.Render(text.Clip(m.writing(), m.width))
	case m.more():
		return th.Dim.Render(text.Clip("↓ more below", m.width))
	}
	return ""
}

// searchLine is what is being searched for, around its cursor.
func (m *Model) searchLine() string {
	if m.prompt.Text() == "" {
		return ansi.Truncate("/"+edit.Cursor("")+m.cfg.Theme.Dim.Render(" "+m.cfg.Hint), m.width, "…")
	}
	return ansi.Truncate("/"+m.prompt.View(m.width-1, true), m.width, "")
}

// notice stands above the messages.
func (m *Model) notice() string {
	switch {
	case m.head.Conversation.IsZero():
		return "nothing was said here yet"
	case m.why != "":
		return "older messages could not be read: " + text.Show(m.why)
	case m.begun && m.low <= 1:
		return "the beginning of the conversation"
	case m.begun:
		return "you can read from here on"
	}
	return "older messages …"
}

// writing says who is.
func (m *Model) writing() string {
	switch n := len(m.typing); n {
	case 0:
		return ""
	case 1:
		return "@" + m.typing[0] + " is writing …"
	case 2, 3:
		return "@" + strings.Join(m.typing, ", @") + " are writing …"
	default:
		return fmt.Sprintf("%d people are writing …", n)
	}
}
