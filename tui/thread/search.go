package thread

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/thread/journal"
	"github.com/chatctl/chatctl/tui/widget/field"
)

const (
	longestSearch = 256 // bytes
	wheel         = 3   // lines a step
)

// Update takes the mouse wheel.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	if msg, ok := msg.(tea.MouseMsg); ok {
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			return m.up(wheel).ask()
		case tea.MouseButtonWheelDown:
			return m.scroll(wheel).ask()
		}
	}
	return m, nil
}

func (m Model) beginSearch() Model {
	m.searching, m.prompt = true, field.New(longestSearch)
	return m
}

// Write takes a key while Searching, and what it means in keymap's contexts
// Dialog and Composer: Accept looks for what is written, Dismiss gives up.
func (m Model) Write(a keymap.Action, key tea.KeyMsg) (Model, tea.Cmd) {
	switch a {
	case keymap.Accept:
		return m.Find(m.prompt.Text())
	case keymap.Dismiss:
		m.searching = false
	default:
		m.prompt.Press(a, key)
	}
	return m, nil
}

// Find looks for a text from the chosen message towards older ones.
func (m Model) Find(s string) (Model, tea.Cmd) {
	m.searching = false
	if s = strings.TrimSpace(s); s != m.find {
		m.find = s
		m.version++
	}
	m, cmd := m.search(-1)
	m, want := m.settle().ask()
	return m, tea.Batch(cmd, want)
}

// search chooses the next message in a direction that holds what is searched for.
func (m Model) search(by int) (Model, tea.Cmd) {
	if m.find == "" {
		return m, say(Note{"nothing is searched for yet"})
	}
	row := m.rows()
	if m.cursor.on {
		row = m.cursorRow()
	}
	find := strings.ToLower(m.find)
	for row += by; row > 0 && row < m.rows(); row += by {
		if it := m.itemAt(row); it != nil && m.holds(it, find) {
			m.cursor, m.follow = cursor{on: true, seq: it.Seq}, false
			return m.show(row), nil
		}
	}
	return m, say(Note{m.notFound(by)})
}

func (m *Model) holds(it *journal.Item, find string) bool {
	return it.Kind == api.EntryMessage && !it.Gone && strings.Contains(strings.ToLower(it.Text), find) && !m.people.Folded(it.Sender)
}

func (m *Model) notFound(by int) string {
	switch {
	case by > 0:
		return "not found below"
	case m.begun:
		return "not found above"
	}
	return "not found in what is loaded; scroll up for more"
}
