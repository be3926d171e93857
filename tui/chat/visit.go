package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/threads"
)

// locked is why nothing can be written in a room, "" where something can.
func locked(room *rooms.Room) string {
	if room.Head.Membership == api.Gone {
		return "you are not in this conversation any more"
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

// requote shows who wrote the message that is answered, which may have been
// chosen before that was known.
func (m *Model) requote() {
	seq := m.composer.Answers()
	if v := m.thread(); v != nil && seq != 0 {
		if msg, ok := v.Thread.Message(seq); ok {
			m.composer = m.composer.Quote(seq, msg.Quote())
		}
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

// read tells the server what is on the screen and looked at.
func (m *Model) read() {
	v := m.thread()
	if v == nil || !m.attention.Reads() || m.dialogs.Open() || m.width == 0 {
		return
	}
	seen := v.Thread.Seen()
	if v.Thread.AtPresent() {
		v.Away = false
	}
	if seen > m.readTo(v) {
		v.Marked = seen
		m.session.Link.Mark(m.feed.Open.Head.Conversation, seen)
	}
}

// readTo is the seq up to which the open conversation is read, told to the
// server or by it.
func (m *Model) readTo(v *threads.Kept) int64 { return max(v.Marked, m.feed.Open.Head.ReadSeq) }
