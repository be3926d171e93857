package thread

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/edit"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

const (
	longestSearch = 256 // bytes
	wheel         = 3   // lines a step
)

// Update takes the mouse wheel, and keys while Searching: enter looks for what
// is written, from the chosen message towards older ones, esc gives up.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			return m.up(wheel).ask()
		case tea.MouseButtonWheelDown:
			return m.scroll(wheel).ask()
		}
	case tea.KeyMsg:
		if m.searching {
			return m.write(msg)
		}
	}
	return m, nil
}

func (m Model) beginSearch() Model {
	m.searching, m.prompt = true, edit.Line(longestSearch)
	return m
}

// write is one key of what is searched for.
func (m Model) write(key tea.KeyMsg) (Model, tea.Cmd) {
	moves := map[tea.KeyType]keymap.Action{
		tea.KeyBackspace: keymap.DeleteBack, tea.KeyDelete: keymap.DeleteForward, tea.KeyLeft: keymap.CharLeft, tea.KeyRight: keymap.CharRight,
		tea.KeyHome: keymap.LineStart, tea.KeyCtrlA: keymap.LineStart, tea.KeyEnd: keymap.LineEnd, tea.KeyCtrlE: keymap.LineEnd,
		tea.KeyCtrlU: keymap.KillLineBack, tea.KeyCtrlK: keymap.KillLine, tea.KeyCtrlW: keymap.KillWordBack, tea.KeyCtrlY: keymap.Yank,
	}
	switch {
	case key.Type == tea.KeyEnter:
		m.searching = false
		if s := strings.TrimSpace(m.prompt.Text()); s != m.find {
			m.find = s
			m.version++
		}
		m, cmd := m.search(-1)
		m, want := m.settle().ask()
		return m, tea.Batch(cmd, want)
	case key.Type == tea.KeyEsc, key.Type == tea.KeyCtrlC, key.Type == tea.KeyCtrlG:
		m.searching = false
	case key.Type == tea.KeyRunes && !key.Alt, key.Type == tea.KeySpace:
		m.prompt.Insert(edit.Clean(string(key.Runes), false))
	case moves[key.Type] != keymap.None:
		m.prompt.Do(moves[key.Type])
	}
	return m, nil
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
