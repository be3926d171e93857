package thread

import (
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

const (
	indent   = 2 // cells before a message, for the sign that it is chosen
	gutter   = 3 // and behind it, for its mark
	together = 5 * time.Minute
	roomy    = 24   // lines from which on groups stand apart
	mostKept = 2000 // messages whose lines are kept

	mostLines = 100 // of a message: nobody takes the screen for longer
)

// drawn are an item's lines, and what they were drawn for.
type drawn struct {
	lines []string
	as    drawing
}

// drawing is all that an item's lines depend on.
type drawing struct {
	version                            int // of the model
	state                              int // of the item
	day, fresh, head, spaced, selected bool
	mark                               mark
	readers                            int // -1: not the last own one
}

// row is the lines of a row.
func (m *Model) row(i int) []string {
	switch {
	case i <= 0:
		return []string{m.rule(m.notice(), m.cfg.Theme.Dim)}
	case i > len(m.log.Items())+len(m.pending):
		return nil
	case i > len(m.log.Items()):
		return m.waiting(i - len(m.log.Items()) - 1)
	}
	it := m.log.Items()[i-1]
	as := m.drawing(i - 1)
	if d, ok := m.drawn[it.Seq]; ok && d.as == as {
		return d.lines
	}
	if len(m.drawn) >= mostKept {
		clear(m.drawn) // what is visible is soon there again
	}
	lines := m.draw(it, as)
	m.drawn[it.Seq] = drawn{lines, as}
	return lines
}

func (m *Model) drawing(i int) drawing {
	it := m.log.Items()[i]
	as := drawing{version: m.version, state: it.State, fresh: it.Seq == m.newAt, readers: -1, selected: m.cursor.on && m.cursor.seq == it.Seq}
	as.head = it.Kind == api.EntryMessage && !m.folded(it)
	as.day = it.Kind != journal.Hidden
	if i > 0 {
		prev := m.log.Items()[i-1]
		as.day = as.day && m.otherDay(i)
		as.head = as.head && (as.day || as.fresh || !m.joins(prev, it))
	}
	as.spaced = as.head && i > 0 && !as.day && !as.fresh && m.height >= roomy
	if it.Kind == api.EntryMessage && it.Sender == m.head.Me && !it.Gone {
		as.mark = m.marks.of(it.Seq)
		if m.lastOwn() == it.Seq {
			as.readers = m.marks.readers(it.Seq)
		}
	}
	return as
}

// joins reports whether a message needs no line with its author.
func (m *Model) joins(prev, it *journal.Item) bool {
	gap := it.Time.Std().Sub(prev.Time.Std())
	return prev.Kind == api.EntryMessage && prev.Sender == it.Sender && !m.folded(prev) && gap < together && gap > -together
}

// otherDay reports whether an item is of another day than what is before it.
func (m *Model) otherDay(i int) bool {
	for k := i - 1; k >= 0; k-- {
		if m.log.Items()[k].Kind != journal.Hidden { // which has no time
			return m.day(m.log.Items()[k].Time) != m.day(m.log.Items()[i].Time)
		}
	}
	return true
}

func (m *Model) day(t api.Time) string { return t.Std().In(m.cfg.Location).Format("Mon 2 Jan 2006") }

func (m *Model) folded(it *journal.Item) bool {
	return len(m.blocked) > 0 && m.blocked[m.handle(it.Sender)]
}

// lastOwn is the seq of the last own message if it is among the last few.
func (m *Model) lastOwn() int64 {
	for i := len(m.log.Items()) - 1; i >= max(0, len(m.log.Items())-50); i-- {
		if it := m.log.Items()[i]; it.Kind == api.EntryMessage && it.Sender == m.head.Me && !it.Gone {
			return it.Seq
		}
	}
	return 0
}

func (m *Model) draw(it *journal.Item, as drawing) []string {
	th := m.cfg.Theme
	lines := []string{}
	if as.day {
		lines = append(lines, m.rule(m.day(it.Time), th.Dim))
	}
	if as.fresh {
		lines = append(lines, m.rule("new", th.Accent))
	}
	if as.spaced {
		lines = append(lines, "")
	}
	if as.head {
		lines = append(lines, m.author(m.name(it.Sender), it.Time.Std().In(m.cfg.Location).Format("15:04")))
	}
	if it.Kind != api.EntryMessage {
		return m.fit(append(lines, m.cfg.Markup.Aside(m.event(it), m.width)...))
	}
	body := m.says(it)
	if as.mark != none {
		body[len(body)-1] = m.marked(body[len(body)-1], as)
	}
	for _, l := range body {
		lines = append(lines, m.margin(as.selected)+l)
	}
	return m.fit(lines)
}

// says draws what is said, without its margins; at least one line.
func (m *Model) says(it *journal.Item) []string {
	th := m.cfg.Theme
	one := func(s string, style lipgloss.Style) []string { return []string{style.Render(text.Clip(s, m.room()))} }
	switch {
	case m.folded(it):
		return one("· a message of "+m.name(it.Sender)+", whom you block", th.Dim)
	case it.Gone:
		return one(m.tombstone(it), th.Dim.Italic(true))
	}
	var lines []string
	if it.ReplyTo != 0 {
		lines = one("╭ "+m.root(it.ReplyTo), th.Dim)
	}
	o := markup.Options{Me: m.cfg.Me, Find: m.find}
	if it.Edited != 0 {
		o.After = "(edited)"
	}
	return append(lines, m.said(it.Text, m.name(it.Sender), o)...)
}

// said draws a message's text; /me makes its sender a part of it.
func (m *Model) said(s, who string, o markup.Options) []string {
	if act, ok := strings.CutPrefix(s, "/me "); ok {
		s, o.Before = act, "* "+who
	}
	lines := m.cfg.Markup.Lines(strings.Trim(s, "\n"), m.room(), o)
	if more := len(lines) - mostLines; more > 1 {
		lines = append(lines[:mostLines], m.cfg.Markup.Aside(itoa(more)+" more lines; the raw view has them all", m.room())...)
	}
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

// root is the first line of what is replied to.
func (m *Model) root(seq int64) string {
	it := m.log.Quoted(seq)
	switch {
	case it == nil:
		m.missing[seq] = true
		return "an earlier message"
	case it.Kind != api.EntryMessage:
		return "an earlier message"
	case m.folded(it):
		return m.name(it.Sender) + ": …"
	case it.Gone:
		return m.name(it.Sender) + ": " + m.tombstone(it)
	}
	return m.name(it.Sender) + ": " + markup.Plain(it.Text)
}

// waiting draws a pending message.
func (m *Model) waiting(i int) []string {
	p, th := m.pending[i], m.cfg.Theme
	var lines []string
	if i == 0 && (len(m.log.Items()) == 0 || m.log.Items()[len(m.log.Items())-1].Sender != m.head.Me) {
		lines = append(lines, m.author("@"+m.cfg.Me, ""))
	}
	margin := m.margin(m.cursor.on && m.cursor.id == p.ID)
	if p.ReplyTo != 0 {
		lines = append(lines, margin+th.Dim.Render(text.Clip("╭ "+m.root(p.ReplyTo), m.room())))
	}
	for _, l := range m.said(p.Text, "@"+m.cfg.Me, markup.Options{Me: m.cfg.Me, Find: m.find}) {
		lines = append(lines, margin+l)
	}
	say := func(s string, style lipgloss.Style) {
		lines = append(lines, margin+style.Render(text.Clip(s, m.room())))
	}
	switch p.Stage {
	case Sending, Accepted:
		last := len(lines) - 1
		lines[last] = right(lines[last], th.Busy.Render("…"), m.width)
	case Waiting:
		say("not sent yet"+because(p.Why), th.Busy)
	case Failed:
		say("not sent"+because(p.Why), th.Bad)
	}
	return m.fit(lines)
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

// author is the line over the messages of one person.
func (m *Model) author(name, at string) string {
	style := m.cfg.Theme.Strong
	if h, ok := strings.CutPrefix(name, "@"); ok {
		style = m.cfg.Theme.Person(h)
	}
	return style.Render(text.Clip(name, max(m.width-7, 1))) + m.cfg.Theme.Dim.Render("  "+at)
}

// marked puts the mark of an own message behind its last line, in words for the
// last one if there is room.
func (m *Model) marked(line string, as drawing) string {
	th := m.cfg.Theme
	sign := th.Dim.Render("✓")
	word := ""
	switch as.mark {
	case delivered:
		sign, word = th.Dim.Render("✓✓"), "delivered"
	case read:
		sign, word = th.Accent.Render("✓✓"), "read"
	}
	if as.readers > 0 && as.mark != read {
		word = "read by " + itoa(as.readers) + " of " + itoa(m.marks.others)
	}
	free := m.width - indent - ansi.StringWidth(line) - 2*gutter
	if as.readers >= 0 && word != "" && free >= len(word) {
		sign = th.Dim.Render(word+" ") + sign
	}
	return right(line, sign, m.width-indent)
}

// right puts a sign at the right edge of a line that leaves room for it.
func right(line, sign string, width int) string {
	gap := width - ansi.StringWidth(line) - ansi.StringWidth(sign)
	if gap < 1 {
		return line
	}
	return line + strings.Repeat(" ", gap) + sign
}

// margin stands before each line of a message.
func (m *Model) margin(chosen bool) string {
	if chosen {
		return m.cfg.Theme.Accent.Render("▌") + " "
	}
	return strings.Repeat(" ", indent)
}

// room is the width of what is said.
func (m *Model) room() int { return max(m.width-indent-gutter, 1) }

// rule is a line across, with a word in it.
func (m *Model) rule(word string, style lipgloss.Style) string {
	word = text.Clip(word, max(m.width-6, 1))
	left := "── "
	rest := m.width - ansi.StringWidth(left+word) - 1
	if rest < 1 {
		return style.Render(text.Clip(word, m.width))
	}
	return style.Render(left + word + " " + strings.Repeat("─", rest))
}

// fit cuts what a screen of a few cells has no room for.
func (m *Model) fit(lines []string) []string {
	for i, l := range lines {
		if ansi.StringWidth(l) > m.width {
			lines[i] = ansi.Truncate(l, m.width, "")
		}
	}
	return lines
}
