package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/rooms"
)

const gone = "you are not in this conversation any more"

// locked is why nothing can be sent in a room, "" where something can.
func locked(room *rooms.Room) string {
	if room.Head.Membership == api.Gone {
		return gone
	}
	return ""
}

// visit brings a room on the screen.
func (m *Model) visit(room *rooms.Room) tea.Cmd {
	var write tea.Cmd
	m.composer, write = m.composer.Open(room.Ref(), room.Name(), locked(room))
	if m.bar.Objects() {
		m.unnote()
	}
	read := m.feed.Show(room)
	if m.session != nil {
		m.session.Opened(room.Key)
	}
	m.composer = m.composer.Focus(!m.selecting())
	m.known()
	return tea.Batch(write, read)
}

// call tells the composer how the open conversation is called, and whether
// something can be sent there: it takes back the word that nothing can.
func (m *Model) call() {
	why := locked(m.feed.Open)
	if why == "" && m.bar.Note == gone {
		m.unnote()
	}
	m.composer = m.composer.Call(m.feed.Open.Name(), why)
}

// requote shows the message that is answered as it stands now: it may have been
// changed or deleted since it was chosen, and who wrote it not known then.
func (m *Model) requote() {
	seq, v := m.composer.Answers(), m.thread()
	if seq == 0 || v == nil {
		return
	}
	if quote, ok := v.Thread.Quote(seq); ok {
		m.composer = m.composer.Quote(seq, quote)
	}
}

// known tells the composer whom and what it can complete.
func (m *Model) known() {
	handles, groups := m.feed.Rooms.Known(m.feed.Open, m.cfg.Account.Handle)
	people := make([]complete.Person, len(handles))
	for i, h := range handles {
		people[i].Handle = h
	}
	m.composer = m.composer.People(people, groups)
}
