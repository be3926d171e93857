package rail

import (
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/widget"
)

// Styles is how a list looks.
type Styles struct {
	Plain, Current, Unread, Mention, Faint, Here, Failed lipgloss.Style
}

// StylesOf are those of a theme.
func StylesOf(t *widget.Theme) Styles {
	return Styles{Plain: t.Text, Current: t.Accent, Unread: t.Unread, Mention: t.Mention, Faint: t.Dim, Here: t.Good, Failed: t.Bad}
}

// Wide is from which width on a row has the time of the last message, too.
const Wide = 26

// At is the key of the conversation on the given line of the list as it was
// shown with that height, "" where there is none.
func (m Model) At(line, height int) string {
	if i := m.first(height) + line; line >= 0 && line < height && i < len(m.items) {
		return m.items[i].Key
	}
	return ""
}

// View is the list in exactly height lines of exactly width cells.
func (m Model) View(width, height int, now time.Time, st Styles) string {
	lines := make([]string, 0, height)
	first := m.first(height)
	for i := first; i < min(first+height, len(m.items)); i++ {
		lines = append(lines, row(m.items[i], m.items[i].Key == m.current, width, now, st))
	}
	for _, s := range m.lacks() {
		if len(lines) < height && height > 1 {
			lines = append(lines, widget.Exact(st.Faint.Render(ansi.Truncate(" "+s, width, "…")), width))
		}
	}
	for len(lines) < height {
		lines = append(lines, strings.Repeat(" ", max(width, 0)))
	}
	return strings.Join(lines, "\n")
}

// lacks says below the list what it has not.
func (m Model) lacks() []string {
	switch {
	case m.unread != "":
		return []string{"not read yet:", m.unread}
	case len(m.items) == 0:
		return []string{"nothing yet"}
	}
	return nil
}

// first is the place of the first row shown, so that the current one is.
func (m Model) first(height int) int {
	at := m.at()
	if at < height || height <= 0 {
		return 0
	}
	return min(at-height/2, len(m.items)-height)
}

// row is: what is special, the name, the counts, the time.
func row(it Item, current bool, width int, now time.Time, st Styles) string {
	right := counts(it, st)
	if width >= Wide {
		right += st.Faint.Render(align(when(it.Last, now), 6))
	}
	name := st.Plain
	switch {
	case it.Mentions > 0:
		name = st.Mention
	case it.Unread > 0 && !it.Muted:
		name = st.Unread
	case it.Gone, it.Muted:
		name = st.Faint
	}
	bar := " "
	if current {
		name, bar = name.Inherit(st.Current), st.Current.Render("▌")
	}
	room := width - 3 - ansi.StringWidth(right)
	shown := text.Clip(it.Name, max(room, 0))
	pad := max(room-ansi.StringWidth(shown), 0)
	return widget.Exact(bar+sign(it, st)+name.Render(shown)+strings.Repeat(" ", pad+1)+right, width)
}

// sign is one cell: what waits for the reader's decision, else who is there.
func sign(it Item, st Styles) string {
	switch {
	case it.Failed:
		return st.Failed.Render("!")
	case it.Draft:
		return st.Faint.Render("✎")
	case it.Presence == Here:
		return st.Here.Render("●")
	case it.Presence == Away:
		return st.Faint.Render("○")
	}
	return " "
}

func counts(it Item, st Styles) string {
	var s string
	if it.Mentions > 0 {
		s += " " + st.Mention.Render("@"+short(it.Mentions))
	}
	if rest := it.Unread - it.Mentions; rest > 0 {
		style := st.Unread
		if it.Muted {
			style = st.Faint
		}
		s += " " + style.Render(short(rest))
	}
	return strings.TrimPrefix(s, " ")
}

// short is a count in at most three characters.
func short(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10)
	case n < 100_000:
		return strconv.FormatInt(n/1000, 10) + "k"
	}
	return "…k"
}

// when is a time in at most five characters: of today, of this week, or the day.
func when(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.Local(), now.Local()
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case now.Sub(t) < 6*24*time.Hour && !t.After(now):
		return t.Format("Mon")
	case t.Year() == now.Year():
		return t.Format("02/01")
	}
	return t.Format("2006")
}

func align(s string, width int) string {
	return strings.Repeat(" ", max(width-ansi.StringWidth(s), 0)) + s
}
