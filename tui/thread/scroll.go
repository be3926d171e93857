package thread

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// Rows are counted from 0: the notice above the messages, then the items, then
// what is pending. A row may have several lines, or none.

// place is a line of a row.
type place struct{ row, line int }

func (m *Model) rows() int { return 1 + len(m.log.Items()) + len(m.pending) }

// body is how many lines the messages have; the last one is the footer's.
func (m *Model) body() int { return max(m.height-1, 1) }

// anchor is the item that is to stay where it is on the screen.
func (m *Model) anchor() int { return max(m.top.row-1, 0) }

// moved keeps the anchor there after so many items have come above it. The
// notice gives its line to the last of them.
func (m *Model) moved(n int) {
	switch {
	case m.follow || n == 0:
	case m.top.row > 0:
		m.top.row += n
	default:
		m.top, _ = m.back(place{n + 1, 0}, 1)
	}
}

// settle makes the top a place that there is, and one with a screen below it.
func (m Model) settle() Model {
	if m.sought.from > 0 {
		m.jumpToMention()
	}
	if m.toNew {
		m.jumpToNew()
	}
	if !m.follow {
		m.top.row = min(max(m.top.row, 0), m.rows()-1)
		m.top.line = max(min(m.top.line, len(m.row(m.top.row))-1), 0)
		end, missing := m.forward(m.top, m.body())
		if missing > 0 {
			m.top = m.bottom()
		}
		if end.row == m.rows() {
			m.below = 0
			m.follow = !m.cursor.on
		}
	}
	if m.follow {
		m.below = 0
		m.top = m.bottom()
	}
	return m
}

// bottom is the top of the last screen.
func (m *Model) bottom() place {
	p, _ := m.back(place{m.rows(), 0}, m.body())
	return p
}

// more reports whether something is below the screen.
func (m *Model) more() bool {
	end, _ := m.forward(m.top, m.body())
	return end.row < m.rows()
}

// back is the place n lines above p, and how many of them there are not.
func (m *Model) back(p place, n int) (place, int) {
	for n > p.line && p.row > 0 {
		n -= p.line
		p.row--
		p.line = len(m.row(p.row))
	}
	up := min(n, p.line)
	return place{p.row, p.line - up}, n - up
}

// forward is the place n lines below p, and how many of them there are not.
func (m *Model) forward(p place, n int) (place, int) {
	for p.row < m.rows() {
		height := len(m.row(p.row))
		if p.line+n < height || n == 0 {
			return place{p.row, p.line + n}, 0
		}
		n -= height - p.line
		p = place{p.row + 1, 0}
	}
	return p, n
}

// scroll moves the messages by n lines, up where n is negative.
func (m Model) scroll(n int) Model {
	m.toNew, m.sought = false, sought{}
	if n < 0 {
		m.top, _ = m.back(m.top, -n)
		m.follow = false
	} else if !m.follow {
		m.top, _ = m.forward(m.top, n)
	}
	return m.settle()
}

// show scrolls as little as is needed for a row to be on the screen.
func (m Model) show(row int) Model {
	if row < m.top.row || row == m.top.row && m.top.line > 0 {
		m.top, m.follow = place{row, 0}, false
		return m.settle()
	}
	height := len(m.row(row))
	top, _ := m.back(place{row, height}, m.body())
	if height > m.body() { // its beginning is what is looked for
		top = place{row, 0}
	}
	if top.row > m.top.row || top.row == m.top.row && top.line > m.top.line {
		m.top, m.follow = top, false
	}
	return m.settle()
}

// jumpToNew brings the "new" line to the top, once what it stands above is loaded.
func (m *Model) jumpToNew() {
	if !m.begun && (m.low == 0 || m.low > m.newAfter+1) {
		return
	}
	m.toNew = false
	if i, ok := m.log.Find(m.newAt); ok {
		m.top, m.follow = place{i + 1, 0}, false
	}
}

// ask asks for what the screen lacks: older messages, names, and what is replied to.
func (m Model) ask() (Model, tea.Cmd) {
	var cmds []tea.Cmd
	near := m.top.row <= 1+m.body()/2 && m.why == ""
	if !m.asked && !m.begun && (near || m.toNew || m.sought.from > 0 && m.why == "") {
		m.asked = true
		cmds = append(cmds, say(WantHistory{Conversation: m.head.Conversation, Before: m.low}))
	}
	end, _ := m.forward(m.top, m.body())
	strangers := false
	for row := m.top.row; row <= end.row; row++ {
		if it := m.itemAt(row); it != nil {
			strangers = m.stranger(it.Sender) || strangers
			cmds = append(cmds, m.askRoot(it.ReplyTo))
		}
	}
	if strangers {
		cmds = append(cmds, say(WantMembers{Conversation: m.head.Conversation}))
	}
	return m, tea.Batch(cmds...)
}

// stranger reports, once for each, that a member is not known.
func (m *Model) stranger(id api.MemberID) bool {
	if id.IsZero() || m.people.Known(id) || m.unknown[id] {
		return false
	}
	m.unknown[id] = true
	return true
}

// askRoot asks for what is replied to, unless it is there or was asked for.
func (m *Model) askRoot(seq int64) tea.Cmd {
	if m.roots[seq] || seq == 0 || m.log.At(seq) != nil {
		return nil
	}
	m.roots[seq] = true
	return say(WantMessage{Conversation: m.head.Conversation, Seq: seq})
}

// itemAt is the item of a row, or nil.
func (m *Model) itemAt(row int) *journal.Item {
	if row < 1 || row > len(m.log.Items()) {
		return nil
	}
	return m.log.Items()[row-1]
}

// Seen is the seq up to which the conversation is, or has been above what is, on
// the screen; 0 while a mention is on its way there.
func (m Model) Seen() int64 {
	if m.sought.from > 0 {
		return 0
	}
	if m.follow {
		return m.log.Last()
	}
	end, _ := m.forward(m.top, m.body()-1)
	for row := min(end.row, len(m.log.Items())); row > 0; row-- {
		if it := m.itemAt(row); it != nil {
			return max(it.Seq, it.UpTo)
		}
	}
	return 0
}
