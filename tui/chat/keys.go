package chat

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/tui/composer"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/layout"
	"github.com/chatctl/chatctl/tui/rooms"
)

// press takes one key, or several that were read at once. While messages are
// selected they are keys one by one, until one of them leads to where text is taken.
func (m *Model) press(key tea.KeyMsg) tea.Cmd {
	var cmds []tea.Cmd
	for !m.dialogs.Open() && m.selecting() && !m.thread().Thread.Searching() {
		first, rest, more := keymap.Split(key)
		if !more {
			break
		}
		cmds = append(cmds, m.key(first))
		key = rest
	}
	return tea.Batch(append(cmds, m.key(key))...)
}

// selecting reports whether a message on the screen is selected.
func (m *Model) selecting() bool {
	v := m.thread()
	return v != nil && v.Thread.Selecting()
}

// key gives a key to the top dialog, else to the search line, else to the
// selection or the screen, and what is left to the composer.
func (m *Model) key(key tea.KeyMsg) tea.Cmd {
	if m.dialogs.Open() {
		var cmd tea.Cmd
		m.dialogs, cmd = m.dialogs.Update(key)
		return cmd
	}
	v := m.thread()
	if v != nil && v.Thread.Searching() {
		var cmd tea.Cmd
		v.Thread, cmd = v.Thread.Write(m.keys.Press(key, keymap.Dialog, keymap.Composer), key)
		return m.hear(cmd)
	}
	selecting := m.selecting()
	if !selecting && m.composer.Holds() {
		return m.write(key) // whatever it is elsewhere
	}
	in := []keymap.Context{keymap.Global, keymap.Scroll}
	if selecting {
		in = append([]keymap.Context{keymap.Select}, in...)
	}
	a := m.keys.Press(key, in...)
	switch {
	case a == keymap.None && selecting, a == keymap.Pending:
		return nil
	case a == keymap.None:
		return m.write(key)
	}
	return m.act(a)
}

// write gives a key to the composer and carries out what it says.
func (m *Model) write(key tea.Msg) tea.Cmd {
	before := m.composer.Message()
	var cmd tea.Cmd
	m.composer, cmd = m.composer.Update(key)
	if now := m.composer.Message(); now != "" && now != before && m.feed.Open != nil && m.feed.Open.There() && locked(m.feed.Open) == "" {
		m.session.Link.Typing(m.feed.Open.Head.Conversation)
	}
	told := m.told()
	if told == nil {
		return cmd
	}
	return tea.Sequence(told, cmd) // a draft goes when its message is in the outbox, so that no kill takes both
}

// told carries out what the composer said, in its order.
func (m *Model) told() tea.Cmd {
	var said []tea.Msg
	var cmds []tea.Cmd
	m.composer, said = m.composer.Take()
	for _, s := range said {
		switch s := s.(type) {
		case composer.Submit:
			m.unnote()
			cmds = append(cmds, m.submit(s))
		case composer.Command:
			m.unnote()
			m.given = s
			cmds = append(cmds, m.command(s.Command))
			m.given = composer.Command{}
		case composer.Select:
			cmds = append(cmds, m.do(keymap.EnterSelect))
		case composer.Trouble:
			m.object(s.Err)
		}
	}
	return tea.Batch(cmds...)
}

// act does what a key asks of the whole screen.
func (m *Model) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Quit:
		return m.quit()
	case keymap.Help, keymap.SelectHelp:
		m.help()
	case keymap.Switcher:
		m.switcher()
	case keymap.Outbox:
		m.outbox()
	case keymap.NextUnread:
		return m.goTo(m.rail.NextUnread(), "everything is read")
	case keymap.NextMention:
		return m.nextMention()
	case keymap.NextRoom:
		return m.goTo(m.rail.Step(1), "there is no conversation yet")
	case keymap.PrevRoom:
		return m.goTo(m.rail.Step(-1), "there is no conversation yet")
	case keymap.Reconnect:
		return m.reconnect()
	case keymap.ToggleRail:
		m.toggleRail()
	case keymap.Redraw:
		return tea.ClearScreen
	case keymap.Suspend:
		if m.cfg.Shell {
			return tea.Suspend
		}
		m.note("there is no shell here to go back to", false)
	case keymap.Command:
		cmd := m.do(keymap.LeaveSelect)
		var write tea.Cmd
		m.composer, write = m.composer.Focus(true).Type("/")
		return tea.Batch(cmd, write)
	default:
		return m.do(a)
	}
	return nil
}

// toggleRail hides the list of conversations or shows it, where it has room.
func (m *Model) toggleRail() {
	if m.width < layout.RailFrom {
		m.note(fmt.Sprintf("no room for the list; %s goes to one by name", m.cfg.Keys.Of(keymap.Switcher)), true)
		return
	}
	m.hideRail = !m.hideRail
}

// goTo opens the room with a key, or says why there is none.
func (m *Model) goTo(key, none string) tea.Cmd {
	room := m.feed.Rooms.At(key)
	if room == nil {
		m.note(none, false)
		return nil
	}
	return m.visit(room)
}

// nextMention shows the oldest unread mention: one in the open conversation,
// else in the one where it has waited longest.
func (m *Model) nextMention() (cmd tea.Cmd) {
	if !m.feed.Mentioned() {
		key := m.rail.NextMention()
		cmd = m.goTo(key, "nobody mentioned you")
		if key == "" {
			return cmd
		}
	}
	return tea.Batch(cmd, m.hear(m.feed.ShowMention()))
}

// do asks the thread on the screen for something.
func (m *Model) do(a keymap.Action) tea.Cmd {
	v := m.thread()
	if v == nil {
		return nil
	}
	var cmd tea.Cmd
	v.Thread, cmd = v.Thread.Do(a)
	m.composer = m.composer.Focus(!m.selecting())
	return m.hear(cmd)
}

// hear carries out what the thread says, before the next key.
func (m *Model) hear(say tea.Cmd) tea.Cmd {
	if say == nil {
		return nil
	}
	msg := say()
	batch, ok := msg.(tea.BatchMsg)
	if !ok {
		return m.route(msg)
	}
	cmds := make([]tea.Cmd, len(batch))
	for i, say := range batch {
		cmds[i] = m.hear(say)
	}
	return tea.Batch(cmds...)
}

func (m *Model) toThread(msg tea.Msg) tea.Cmd {
	v := m.thread()
	if v == nil {
		return nil
	}
	var cmd tea.Cmd
	v.Thread, cmd = v.Thread.Update(msg)
	return m.hear(cmd)
}

// mouse scrolls what is under it, and opens the conversation that is clicked.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	if m.dialogs.Open() {
		var cmd tea.Cmd
		m.dialogs, cmd = m.dialogs.Update(msg)
		return cmd
	}
	at := m.places()
	if msg.X >= at.Rail {
		return m.toThread(msg)
	}
	if msg.Action != tea.MouseActionPress || msg.Button != tea.MouseButtonLeft {
		return nil
	}
	if room := m.feed.Rooms.At(m.rail.At(msg.Y, at.Body)); room != nil {
		return m.visit(room)
	}
	return nil
}

// person opens the conversation with somebody.
func (m *Model) person(handle string) (*rooms.Room, tea.Cmd) {
	room := m.feed.Rooms.Direct(handle)
	return room, m.visit(room)
}
