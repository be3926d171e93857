package chat

import (
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/help"
	"github.com/chatctl/chatctl/tui/layout"
	"github.com/chatctl/chatctl/tui/rail"
	"github.com/chatctl/chatctl/tui/status"
	"github.com/chatctl/chatctl/tui/widget"
)

func (m *Model) places() layout.Places {
	return layout.Of(m.width, m.height, m.composer.Height(), len(m.above()), !m.hideRail)
}

// above is the note that has no room in the bar.
func (m *Model) above() []string {
	return m.bar.Above(m.width, layout.MostNote, m.now, status.StylesOf(m.theme))
}

// layout gives every part its size.
func (m *Model) layout() {
	if layout.Small(m.width, m.height) != "" {
		return
	}
	p := m.places()
	if m.selecting() {
		m.composer = m.composer.Offer(m.thread().Thread.Deeds())
	}
	m.composer = m.composer.Resize(p.Main, max(p.Body/3, 1))
	p = m.places() // the composer's height has changed them
	m.feed.Resize(p.Main, p.Thread)
}

// View draws the screen.
func (m *Model) View() string {
	if m.width == 0 {
		return ""
	}
	if words := layout.Small(m.width, m.height); words != "" {
		return words
	}
	p, t := m.places(), m.theme
	parts := layout.Parts{
		Heading: m.heading(p.Main), Thread: m.middle(p), Popup: m.composer.Popup(p.Main, p.Thread),
		Rule: t.Border.Render(strings.Repeat("─", p.Main)), Composer: m.composer.View(), Edge: t.Border.Render("│"),
		Note: m.above(), Bar: m.bar.View(m.width, m.now, status.StylesOf(t)),
	}
	if p.Rail > 0 {
		parts.Rail = m.rail.View(p.Rail, p.Body, m.now, rail.StylesOf(t))
	}
	return layout.Erased(m.dialogs.Over(p.Join(parts), m.width, m.height))
}

// middle is the thread, or what there is to say instead of one.
func (m *Model) middle(p layout.Places) []string {
	if v := m.thread(); v != nil {
		return strings.Split(v.Thread.View(), "\n")
	}
	lines, said := make([]string, p.Thread), help.Welcome(m.cfg.Keys, m.cfg.Account.Name())
	if why := m.unread(); why != "" {
		said[1] = "Not read yet: " + why + "."
	}
	for i, s := range said {
		if at := p.Thread/3 + i; at < len(lines) {
			lines[at] = "  " + m.theme.Dim.Render(text.Clip(s, max(p.Main-2, 0)))
		}
	}
	return lines
}

// unread is why it is not known which conversations there are, "" where it is or
// will be in a moment.
func (m *Model) unread() string {
	if !m.feed.Known() && (m.bar.Link == status.Offline || m.bar.Link == status.Ended) {
		return "no connection"
	}
	return ""
}

// heading is the line above the thread: who, and how many.
func (m *Model) heading(width int) string {
	if m.feed.Open == nil {
		return m.theme.Bar.Render(widget.Exact(" chatctl", width))
	}
	return m.theme.Bar.Render(widget.Exact(text.Clip(" "+m.feed.Rooms.Heading(m.feed.Open), width), width))
}
