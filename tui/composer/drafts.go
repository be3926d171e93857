package composer

import (
	"maps"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// quiet is how long drafts wait to be saved, so that a typist costs one write a while.
const quiet = 2 * time.Second

// saveNow tells that drafts have waited long enough.
type saveNow struct{}

// keep puts what is being written among the drafts.
func (m Model) keep() Model {
	d := m.draft()
	if old, ok := m.drafts[m.open]; !ok && d.Empty() || ok && old == d {
		return m
	}
	m.drafts = maps.Clone(m.drafts) // a command may be saving the one before
	m.version++
	if m.drafts[m.open] = d; d.Empty() {
		delete(m.drafts, m.open)
	}
	return m
}

// changed has the drafts saved in a while.
func (m Model) changed() (Model, tea.Cmd) {
	if m.waiting || m.cfg.Drafts == nil {
		return m, nil
	}
	m.waiting = true
	return m, tea.Tick(quiet, func(time.Time) tea.Msg { return saveNow{} })
}

// save writes the drafts, with what is on the screen, if they changed.
func (m Model) save() (Model, tea.Cmd) {
	if m = m.keep(); m.version == m.saved {
		return m, nil
	}
	m.saved = m.version
	return m, m.Save()
}

// Save is the command that writes the drafts as they are, for the end of the program.
func (m Model) Save() tea.Cmd {
	m = m.keep()
	store, all, version := m.cfg.Drafts, m.drafts, m.version
	if store == nil {
		return nil
	}
	return func() tea.Msg {
		if err := store.Save(all, version); err != nil {
			return Trouble{err}
		}
		return nil
	}
}
