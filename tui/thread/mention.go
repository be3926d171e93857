package thread

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// mostSought bounds the pages of history that are loaded for a mention.
const mostSought = 100

// sought is a mention on its way to the screen.
type sought struct {
	from  int64 // the first seq that it may have; 0: none is on its way
	pages int   // that may be loaded yet
}

// Mentioned reports whether a message after a seq mentions the reader, or may:
// not all of them are loaded.
func (m Model) Mentioned(after int64) bool {
	first, _ := m.mentions(after + 1)
	return first >= 0 || !m.covers(after+1)
}

// ShowMention brings the first message after a seq that mentions the reader on
// the screen, with history loaded on the way. Until it is there, or something
// else is asked for, nothing is Seen.
func (m Model) ShowMention(after int64) (Model, tea.Cmd) {
	m.sought, m.toNew, m.why = sought{after + 1, mostSought}, false, ""
	return m.settle().ask()
}

// jumpToMention scrolls there once nothing before it can be what is sought: all
// is loaded, or as many mentions as are unread.
func (m *Model) jumpToMention() {
	first, n := m.mentions(m.sought.from)
	whole := m.covers(m.sought.from)
	switch {
	case !whole && n < m.head.Mentions && m.sought.pages > 0:
		return
	case first < 0 && whole:
		m.toNew = true // it was deleted meanwhile
	default:
		m.top, _ = m.back(place{max(first, 0) + 1, 0}, m.body()/3)
		m.follow = false
	}
	m.sought = sought{}
}

// covers reports whether all from a seq on is loaded.
func (m *Model) covers(from int64) bool { return m.begun || m.low > 0 && m.low <= from }

// mentions are the messages from a seq on that mention the reader: the first
// one's place among the items, -1 for none, and how many there are.
func (m *Model) mentions(from int64) (first int, n int64) {
	first = -1
	items := m.log.Items()
	i, _ := m.log.Find(from)
	for ; i < len(items); i++ {
		if m.mentioned(items[i]) {
			if n++; first < 0 {
				first = i
			}
		}
	}
	return first, n
}

func (m *Model) mentioned(it *journal.Item) bool {
	return it.Sender != m.head.Me && slices.Contains(it.Names, m.head.Me)
}
