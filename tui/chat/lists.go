package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/help"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/lists"
	"github.com/chatctl/chatctl/tui/widget/dialog"
	"github.com/chatctl/chatctl/tui/words"
)

// chosen is something that was chosen in a list.
type chosen struct{ do func() tea.Cmd }

func (m *Model) push(d dialog.Dialog) { m.dialogs = m.dialogs.Push(d) }

// offer opens a list that was asked for a while ago, unless the person has gone
// on to write: it would take the keys.
func (m *Model) offer(list dialog.Dialog, again string) {
	if m.dialogs.Open() || !m.composer.Empty() {
		m.note("a list came while you went on: "+again+" brings it once more", false)
		return
	}
	m.push(list)
}

func (m *Model) switcher() {
	m.push(lists.Switcher(m.look, m.rail.Items(), func(key string) tea.Msg {
		return chosen{func() tea.Cmd { return m.goTo(key, "") }}
	}))
}

// outbox shows what is not sent yet, and what will not be.
func (m *Model) outbox() {
	if m.session == nil {
		return
	}
	decide := func(do func(api.ActionID) tea.Cmd) func(api.ActionID) tea.Msg {
		return func(id api.ActionID) tea.Msg { return chosen{func() tea.Cmd { return do(id) }} }
	}
	m.push(lists.Outbox(m.look, m.unsent(), decide(m.retry), decide(m.session.Link.Drop)))
}

// retry tries once more what failed, and to connect where that is what waits.
func (m *Model) retry(id api.ActionID) tea.Cmd {
	if cmd := m.session.Link.Retry(id); cmd != nil {
		return cmd
	}
	return m.again()
}

// unsent are the items of the outbox's list.
func (m *Model) unsent() []dialog.Item {
	if m.session == nil {
		return nil
	}
	var items []dialog.Item
	for _, l := range m.delays.Lines(m.session.Link.Failures(), m.session.Link.Outbox(), m.connected()) {
		items = append(items, dialog.Item{Key: l.Action.ID.String(), Label: m.feed.Rooms.Where(l.Action) + words.Asked(l.Action), Detail: l.State})
	}
	return items
}

// help shows the bindings in force and the commands.
func (m *Model) help() {
	m.push(dialog.Page(m.look, "keys and commands", func(width int) []string { return help.Rows(m.cfg.Keys, m.theme, width) }))
}

// sessions shows the account's sign-ins.
func (m *Model) sessions(s link.SignIns) {
	if s.Err != nil {
		m.note("no list of your sign-ins: "+words.Of(s.Err), true)
		return
	}
	m.offer(lists.Sessions(m.look, s.Sessions, m.now, m.cfg.Location, func(one api.Session) tea.Msg {
		end := chosen{func() tea.Cmd { return m.session.Link.EndSession(one.Session) }}
		return chosen{func() tea.Cmd {
			m.push(dialog.Confirm(m.look, dialog.Question{Title: "sign out", Text: "End the sign-in " + one.Name + "?", Yes: "end it", Then: end}))
			return nil
		}}
	}), "/sessions")
}

// profiles offers the other profiles.
func (m *Model) profiles(p Profiles) {
	if p.Err != nil {
		m.note(words.Of(p.Err), true)
		return
	}
	m.offer(lists.Profiles(m.look, p.Names, m.cfg.Account.Profile, func(name string) tea.Msg { return Switch{Profile: name} }), "/profile")
}
