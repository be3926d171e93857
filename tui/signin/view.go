package signin

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
)

// widest is the cells of the form on a large screen.
const widest = 64

// View is a screen of exactly the size that Resize gave.
func (m Model) View() string {
	width := min(widest, max(1, m.width-4))
	head := []string{
		m.cfg.Theme.Strong.Render(text.Clip(m.form.title, width)),
		m.cfg.Theme.Dim.Render(text.Clip("chatctl at "+m.cfg.Server, width)),
	}
	foot := m.foot(width)
	rows, focus := m.rows(width)
	if m.height >= len(rows)+len(head)+len(foot)+2 {
		head = append(head, "")
	}
	room := max(1, m.height-len(head)-len(foot))
	if len(rows) > room {
		from := min(max(0, focus-room/2), len(rows)-room)
		rows = rows[from : from+room]
	}
	lines := append(append(head, rows...), foot...)
	return m.middle(lines, width)
}

// rows is the fields and links, and which of them has the keys.
func (m Model) rows(width int) (rows []string, focus int) {
	th := m.cfg.Theme
	label := 0
	for _, e := range m.form.fields {
		label = max(label, ansi.StringWidth(e.label))
	}
	label = min(label, width/2)
	for i, e := range m.form.fields {
		on := i == m.form.at && m.busy == ""
		sign, style := "  ", th.Dim
		if on {
			sign, style, focus = th.Accent.Render("▸ "), th.Text, len(rows)
		}
		name := style.Render(widget.Fill(text.Clip(e.label, label), label))
		rows = append(rows, sign+name+"  "+e.View(max(1, width-label-4), on))
	}
	rows = append(rows, "")
	for i, l := range m.form.links {
		sign, style := "  ", th.Dim
		if len(m.form.fields)+i == m.form.at && m.busy == "" {
			sign, style, focus = th.Accent.Render("▸ "), th.Accent, len(rows)
		}
		rows = append(rows, sign+style.Render(text.Clip(l.label, width-2)))
	}
	return rows, focus
}

// foot says what is being done, what went wrong, or what the keys do.
func (m Model) foot(width int) []string {
	th, keys := m.cfg.Theme, m.cfg.Keys
	out := " back"
	if m.form.step == logIn {
		out = " quits"
	}
	hint := keys.Of(keymap.Accept) + " " + m.accepting() + " · " + keys.Of(keymap.Dismiss) + out
	foot := []string{""}
	switch {
	case m.busy != "":
		foot = append(foot, th.Busy.Render(text.Clip(m.busy+" …", width)))
		hint = keys.Of(keymap.Dismiss) + " gives up"
	case m.problem != "":
		for _, row := range strings.Split(ansi.Wrap(text.Show(m.problem), width, " "), "\n") {
			foot = append(foot, th.Bad.Render(row))
		}
	case m.notice != "":
		for _, row := range strings.Split(ansi.Wrap(text.Show(m.notice), width, " "), "\n") {
			foot = append(foot, th.Good.Render(row))
		}
	}
	foot = foot[:min(len(foot), 5)]
	return append(foot, th.Dim.Render(text.Clip(hint, width)))
}

// accepting is what the accepting key does where the focus is.
func (m Model) accepting() string {
	switch last := len(m.form.fields) - 1; {
	case m.form.at < last:
		return "next"
	case m.form.at > last:
		return "goes on"
	}
	return m.form.does
}

// middle lays the lines into the middle of the screen.
func (m Model) middle(lines []string, width int) string {
	lines = lines[:min(len(lines), m.height)]
	left, top := (m.width-min(width, m.width))/2, (m.height-len(lines))/3
	screen := make([]string, m.height)
	for i := range screen {
		line := ""
		if i >= top && i-top < len(lines) {
			line = strings.Repeat(" ", left) + lines[i-top]
		}
		screen[i] = widget.Fill(ansi.Truncate(line, m.width, ""), m.width)
	}
	return strings.Join(screen, "\n")
}
