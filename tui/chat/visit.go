package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/rooms"
)

// visit brings a room on the screen.
func (m *Model) visit(room *rooms.Room) tea.Cmd {
	m.open = room
	locked := ""
	if room.Head.Membership == api.Gone {
		locked = "you are not in this conversation any more"
	}
	var cmds [4]tea.Cmd
	m.composer, cmds[0] = m.composer.Open(room.Ref(), room.Name(), locked)
	m.composer = m.composer.Focus(true)
	if !room.There() || m.session == nil {
		return cmds[0]
	}
	m.session.Link.Look(room.Head.Conversation)
	v := m.threads.Of(room)
	if v == nil {
		cmds[1] = m.begin(room)
		v = m.threads.Of(room)
	} else if room.Unread() > 0 {
		v.Thread = v.Thread.MarkNew(room.Head.ReadSeq)
	}
	m.threads.Show(v)
	if m.connected() {
		cmds[3] = m.readAgain()
	}
	if room.People == nil {
		cmds[2] = m.session.Link.People(room.Head.Conversation)
	}
	m.known()
	return tea.Batch(cmds[:]...)
}

// begin makes a room's thread, anew if there was one, and follows the
// conversation from where it stands.
func (m *Model) begin(room *rooms.Room) tea.Cmd {
	v, left := m.threads.Begin(room, m.rooms.Blocks())
	m.size(v)
	if h := room.Head; h.Membership != api.Gone {
		m.session.Link.Follow(h.Conversation, h.LastSeq)
	}
	for _, c := range left {
		m.session.Link.Unfollow(c)
	}
	return v.Thread.Init()
}

// resume reads again what a lost connection may have left unread.
func (m *Model) resume() tea.Cmd {
	if m.open == nil || !m.open.There() {
		return nil
	}
	return tea.Batch(m.session.Link.People(m.open.Head.Conversation), m.readAgain())
}

// lock ends writing in a room that the reader is not in any more.
func (m *Model) lock(room *rooms.Room) {
	if room == m.open {
		m.composer, _ = m.composer.Open(room.Ref(), room.Name(), "you are not in this conversation any more")
	}
}

// people takes who is in a conversation.
func (m *Model) people(c api.ConversationID, list []api.Member) {
	room := m.rooms.Of(c)
	if room == nil {
		return
	}
	room.People = make(map[api.MemberID]api.Member, len(list))
	for _, p := range list {
		room.People[p.Member] = p
	}
	if v := m.threads.Of(room); v != nil {
		v.Thread = v.Thread.SetMembers(list)
	}
	m.known()
	if room == m.open {
		m.requote()
	}
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
	handles, groups := m.rooms.Known(m.open, m.cfg.Account.Handle)
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
	if seen > max(v.Marked, m.open.Head.ReadSeq) {
		v.Marked = seen
		m.session.Link.Mark(m.open.Head.Conversation, seen)
	}
}
