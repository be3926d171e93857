package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/thread"
)

// mostThreads is how many threads are kept: those that were on the screen last.
const mostThreads = 20

// visit brings a room on the screen.
func (m *Model) visit(room *rooms.Room) tea.Cmd {
	m.open = room
	m.shown++
	locked := ""
	if room.Head.Membership == api.Gone {
		locked = "you are not in this conversation any more"
	}
	var cmds [3]tea.Cmd
	m.composer, cmds[0] = m.composer.Open(room.Ref(), room.Name(), locked)
	m.composer = m.composer.Focus(true)
	if !room.There() || m.session == nil {
		return cmds[0]
	}
	m.session.Link.Look(room.Head.Conversation)
	v := m.convs[room.Key]
	if v == nil {
		cmds[1] = m.begin(room)
		v = m.convs[room.Key]
	} else if room.Unread() > 0 {
		v.thread = v.thread.MarkNew(room.Head.ReadSeq)
	}
	v.shown, v.away = m.shown, false
	if room.People == nil {
		cmds[2] = m.session.Link.People(room.Head.Conversation)
	}
	m.known()
	return tea.Batch(cmds[:]...)
}

// begin makes a room's thread, anew if there was one, and follows the
// conversation from where it stands.
func (m *Model) begin(room *rooms.Room) tea.Cmd {
	h := room.Head
	v := &conv{applied: h.LastSeq, shown: m.shown}
	v.thread = thread.New(thread.Config{Theme: m.theme, Markup: m.markup, Location: m.cfg.Location, Me: m.cfg.Account.Handle}, h)
	v.thread = v.thread.SetMembers(room.Members()).SetBlocked(m.rooms.Blocks())
	if room.Unread() > 0 {
		v.thread = v.thread.MarkNew(h.ReadSeq)
	}
	m.convs[room.Key] = v
	m.size(v)
	if h.Membership != api.Gone {
		m.session.Link.Follow(h.Conversation, h.LastSeq)
	}
	m.forget()
	return v.thread.Init()
}

// forget lets go of the threads that were on the screen longest ago.
func (m *Model) forget() {
	for len(m.convs) > mostThreads {
		oldest := ""
		for key, v := range m.convs {
			if oldest == "" || v.shown < m.convs[oldest].shown {
				oldest = key
			}
		}
		if room := m.rooms.At(oldest); room != nil {
			m.session.Link.Unfollow(room.Head.Conversation)
		}
		delete(m.convs, oldest)
	}
}

// resume reads again what a lost connection may have left unread.
func (m *Model) resume() tea.Cmd {
	if m.open == nil || !m.open.There() {
		return nil
	}
	return m.session.Link.People(m.open.Head.Conversation)
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
	if v := m.convs[room.Key]; v != nil {
		v.thread = v.thread.SetMembers(list)
	}
	m.known()
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
	v := m.conv()
	if v == nil || !m.attention.Reads() || m.dialogs.Open() || m.width == 0 {
		return
	}
	seen := v.thread.Seen()
	if v.thread.AtPresent() {
		v.away = false
	}
	if seen > max(v.marked, m.open.Head.ReadSeq) {
		v.marked = seen
		m.session.Link.Mark(m.open.Head.Conversation, seen)
	}
}
