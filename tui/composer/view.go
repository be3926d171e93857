package composer

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/edit"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
)

const prompt = "› "

// inner is the cells of a row of text.
func (m Model) inner() int { return max(2, m.width-ansi.StringWidth(prompt)) }

// Height is the lines that View has now.
func (m Model) Height() int {
	n := len(m.buf.Rows(m.inner()))
	if m.heading() != "" {
		n++
	}
	return min(n, m.height)
}

// View is the composer: Height lines of exactly its width in cells.
func (m Model) View() string {
	rows := m.buf.Rows(m.inner())
	room := m.height
	var lines []string
	if head := m.heading(); head != "" && room > 1 {
		lines = append(lines, m.cfg.Theme.Dim.Render(widget.Fill(text.Clip(head, m.width), m.width)))
		room--
	}
	at, _ := m.buf.Place(m.inner())
	from := min(max(0, at-room/2), max(0, len(rows)-room))
	for i := from; i < min(len(rows), from+room); i++ {
		lines = append(lines, m.row(rows, i, i == at))
	}
	return strings.Join(lines, "\n")
}

// row is the prompt and a row of the text.
func (m Model) row(rows []edit.Row, i int, cursor bool) string {
	sign := strings.Repeat(" ", ansi.StringWidth(prompt))
	if i == 0 {
		sign = m.cfg.Theme.Accent.Render(prompt)
	}
	if m.Empty() {
		return m.whole(sign + m.placeholder())
	}
	r := rows[i]
	s := m.buf.Text()[r.Start:r.End]
	if cursor && m.focused {
		s = edit.Draw(s, m.buf.Cursor()-r.Start)
	}
	return m.whole(sign + s)
}

// whole is s in exactly the composer's width, which cuts nothing but on the smallest screens.
func (m Model) whole(s string) string { return widget.Fill(ansi.Truncate(s, m.width, ""), m.width) }

// placeholder stands where nothing is written.
func (m Model) placeholder() string {
	if !m.focused {
		return m.cfg.Theme.Dim.Render(m.selecting(m.inner() - 2))
	}
	hint := m.locked
	if hint == "" && m.replyTo == 0 {
		hint = "write to " + m.to
		help := " · " + m.cfg.Keys.Of(keymap.Help) + " help"
		if m.to == "" {
			hint = "/dm @HANDLE begins a conversation, /help tells more"
		} else if ansi.StringWidth(hint+help) <= m.inner()-2 && m.cfg.Keys.Of(keymap.Help) != "" {
			hint += help
		}
	}
	hint = text.Clip(hint, m.inner()-2)
	return edit.Cursor("") + m.cfg.Theme.Dim.Render(hint)
}

// selecting is what the keys do while messages are selected, as many of them as
// width cells have room for: the way back is the last to go.
func (m Model) selecting(width int) string {
	if m.deeds == nil {
		return ""
	}
	var said []string
	deeds := append([]keymap.Deed{{Action: keymap.LeaveSelect, Does: "back"}}, m.deeds...)
	for _, d := range append(deeds, keymap.Deed{Action: keymap.SelectHelp, Does: "more"}) {
		if key := m.cfg.Keys.Of(d.Action); key != "" {
			said = append(said, key+" "+d.Does)
		}
	}
	const gap = "  "
	for len(said) > 1 && ansi.StringWidth(strings.Join(said, gap)) > width {
		said = said[:len(said)-1]
	}
	return text.Clip(strings.Join(said, gap), width)
}

// heading is the line above the text: what it answers or edits, and how much too long it is.
func (m Model) heading() string {
	var said []string
	cancel := m.cfg.Keys.Of(keymap.Cancel)
	switch {
	case m.edits != 0:
		said = append(said, "editing a message, "+cancel+" gives it up")
	case m.replyTo != 0:
		said = append(said, "replying to "+m.quote+", "+cancel+" gives it up")
	}
	if n := len(m.buf.Text()); n > api.MaxText*9/10 {
		said = append([]string{fmt.Sprintf("%d of %d bytes", n, api.MaxText)}, said...)
	}
	if held, ok := m.keys.Holds(); ok {
		said = append([]string{held + " …"}, said...)
	}
	return strings.Join(said, " · ")
}
