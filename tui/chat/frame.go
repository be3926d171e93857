package chat

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/status"
	"github.com/chatctl/chatctl/tui/words"
)

// mostBehind is how many entries are pulled at most to bring a thread up to
// date. Beyond it the thread begins anew with its latest page.
const mostBehind = 500

// gathered is what a frame's events come to.
type gathered struct {
	entries map[*rooms.Room][]api.Entry
	rings   []attention.Message
	cmds    []tea.Cmd
}

// frame takes everything that came since the last one.
func (m *Model) frame(f link.Frame) tea.Cmd {
	if m.session == nil || f.Link != m.session.Link {
		return nil // of an account that was left
	}
	g := &gathered{entries: map[*rooms.Room][]api.Entry{}}
	for _, e := range f.Events {
		m.event(e, g)
	}
	for room, entries := range g.entries {
		g.cmds = append(g.cmds, m.arrived(room, entries))
	}
	m.watch()
	g.cmds = append(g.cmds, m.ring(g.rings), f.Link.Next)
	return tea.Batch(g.cmds...)
}

func (m *Model) event(e stream.Event, g *gathered) {
	switch e := e.(type) {
	case stream.State:
		g.cmds = append(g.cmds, m.state(e))
	case stream.Reset:
		m.reset()
	case stream.HeadMoved:
		g.cmds = append(g.cmds, m.head(e.Head))
	case stream.Arrived:
		g.cmds = append(g.cmds, m.head(e.Head))
		room := m.rooms.Of(e.Entry.Conversation)
		g.entries[room] = append(g.entries[room], e.Entry)
		if ring, ok := attention.Of(m.rooms, room, e.Entry, m.now); ok {
			ring.Shown = room == m.open
			g.rings = append(g.rings, ring)
		}
	case stream.Marks:
		if v := m.threads.Of(m.rooms.Of(e.Conversation)); v != nil {
			v.Thread = v.Thread.Mark(e.Member, e.Received, e.Read)
		}
	case stream.Typing:
		m.types(e)
	case stream.Presence:
		m.rooms.Presence(e.People)
	case stream.BlockChanged:
		m.block(e.Block)
	case stream.Lag:
		m.bar.Lag = e.Took
	case stream.Settled:
		g.cmds = append(g.cmds, m.settled(e.Action, e.Result))
	case stream.Failed:
		m.fail(e.Action, words.Of(e.Err))
	case stream.Delayed:
		m.delays.Delay(e.Action.ID, words.Of(e.Problem))
	case stream.Accepted:
		m.delays.Settle(e.Action)
		if e.Took > 0 {
			m.bar.Lag = e.Took
		}
	}
}

// state takes how the stream stands. When it is live again, what is not told by
// it is read.
func (m *Model) state(s stream.State) tea.Cmd {
	was, before := m.bar.Link, m.connected()
	m.bar.Missing, m.bar.Retry, m.bar.Why = s.Missing, s.Retry, words.Of(s.Err)
	switch s.Phase {
	case stream.Connecting:
		if was != status.Offline {
			m.bar.Link = status.Connecting
		}
	case stream.CatchingUp:
		m.bar.Link = status.CatchingUp
	case stream.Live:
		m.bar.Link = status.Live
	case stream.Offline:
		m.bar.Link, m.bar.Lag = status.Offline, 0
		if s.Retry.IsZero() {
			m.bar.Link = status.Ended // which link.Ended tells, too, before or after
		}
		m.rooms.Alone()
	}
	if before || !m.connected() {
		return nil
	}
	var who tea.Cmd
	if m.cfg.Account.Handle == "" {
		who = m.session.Link.Me()
	}
	return tea.Batch(m.session.Link.Blocks(), m.resume(), who)
}

func (m *Model) connected() bool { return m.bar.Link == status.Live || m.bar.Link == status.CatchingUp }

// reset forgets what was of another store than the server has now.
func (m *Model) reset() {
	m.rooms.Reset()
	m.threads.Clear()
	if m.open != nil && m.open.Head.Kind == api.Direct {
		m.open = m.rooms.Direct(m.open.Head.Peer)
	} else {
		m.open = nil
	}
	m.note("the server's store was restored; everything is read anew", false)
}

// head takes where a conversation stands.
func (m *Model) head(h api.Head) tea.Cmd {
	room, appeared := m.rooms.Head(h)
	v := m.threads.Of(room)
	switch {
	case v != nil && h.LastSeq-v.Applied > mostBehind:
		return m.begin(room)
	case v != nil:
		v.Thread = v.Thread.SetHead(h)
		if h.Membership == api.Gone {
			m.lock(room)
		}
	case appeared && (room == m.open || h.Conversation == m.await):
		m.await = api.ConversationID{}
		return m.visit(room)
	case appeared && m.open == nil && m.cfg.Begin != "" && room.Name() == m.cfg.Begin:
		return m.visit(room)
	}
	return nil
}

// arrived gives entries to their thread, if there is one.
func (m *Model) arrived(room *rooms.Room, entries []api.Entry) tea.Cmd {
	v := m.threads.Of(room)
	if v == nil {
		return nil
	}
	var cmds []tea.Cmd
	last := entries[len(entries)-1].Seq
	v.Applied = max(v.Applied, last)
	if !m.attention.Reads() && !v.Away {
		v.Away = true
		v.Thread = v.Thread.MarkNew(room.Head.ReadSeq)
	}
	for _, e := range entries {
		v.Wrote(room.Handle(e.Sender))
	}
	if rooms.OtherPeople(entries) {
		cmds = append(cmds, m.session.Link.People(room.Head.Conversation))
	}
	var cmd tea.Cmd
	v.Thread, cmd = v.Thread.Arrive(entries)
	return tea.Batch(append(cmds, cmd)...)
}

// types shows that a member of a conversation writes, where that can be seen.
func (m *Model) types(e stream.Typing) {
	room := m.rooms.Of(e.Conversation)
	v := m.threads.Of(room)
	if v == nil {
		return
	}
	if handle := room.Handle(e.Member); handle != "" {
		v.Typing(handle, m.now.Add(api.TypingLasts))
	}
}

// watch asks whether those are there with whom the reader has a conversation.
func (m *Model) watch() {
	if peers := m.rooms.Peers(api.MaxWatched); !slices.Equal(peers, m.watched) {
		m.watched = peers
		m.session.Link.Watch(peers)
	}
}

// ring rings once for all that a frame brought.
func (m *Model) ring(rings []attention.Message) tea.Cmd {
	next, note, loud := m.attention.Ring(rings, m.now)
	m.attention = next
	if !loud {
		return nil
	}
	return func() tea.Msg { return failed(m.cfg.Signals.Tell(m.life, note)) }
}

func (m *Model) block(b api.Block) {
	m.rooms.Block(b)
	m.threads.SetBlocked(m.rooms.Blocks())
}
