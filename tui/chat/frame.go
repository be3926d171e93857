package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/feed"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/words"
)

// frame takes everything that came since the last one: what is of conversations
// is the feed's, and what is of the connection and of what was sent is here.
func (m *Model) frame(f link.Frame) tea.Cmd {
	if m.session == nil || f.Link != m.session.Link {
		return nil // of an account that was left
	}
	var cmds []tea.Cmd
	for _, e := range f.Events {
		cmds = append(cmds, m.heard(m.feed.Take(e, m.now)), m.event(e))
	}
	return tea.Batch(append(cmds, m.heard(m.feed.Flush(m.attention.Reads())), f.Link.Next)...)
}

// heard does about the screen what news of conversations ask for.
func (m *Model) heard(n feed.News) tea.Cmd {
	cmds := []tea.Cmd{n.Cmd, m.ring(n.Rings)}
	if n.Reset {
		m.note("the server's store was restored; everything is read anew", false)
	}
	if n.Note != "" {
		m.note(n.Note, true)
	}
	if n.Visit != nil {
		cmds = append(cmds, m.visit(n.Visit))
	}
	if n.Stands {
		m.call()
	}
	if n.People {
		m.known()
	}
	return tea.Batch(cmds...)
}

func (m *Model) event(e stream.Event) tea.Cmd {
	switch e := e.(type) {
	case stream.State:
		return m.state(e)
	case stream.Lag:
		m.bar.Lag = e.Took
	case stream.Settled:
		return m.settled(e.Action, e.Result)
	case stream.Failed:
		return m.fail(e.Action, words.Of(e.Err))
	case stream.Delayed:
		m.delays.Delay(e.Action.ID, words.Of(e.Problem))
	case stream.Accepted:
		m.delays.Settle(e.Action)
		if e.Took > 0 {
			m.bar.Lag = e.Took
		}
	}
	return nil
}

// state takes how the stream stands.
func (m *Model) state(s stream.State) tea.Cmd {
	before := m.connected()
	m.bar.Stand(s)
	m.opening.asked = m.opening.asked && !m.connected()
	if before || !m.connected() || m.cfg.Account.Handle != "" {
		return nil
	}
	return m.session.Link.Me()
}

func (m *Model) connected() bool { return m.bar.Connected() }

// ring rings once for all that a frame brought.
func (m *Model) ring(rings []attention.Message) tea.Cmd {
	next, note, loud := m.attention.Ring(rings, m.now)
	m.attention = next
	if !loud {
		return nil
	}
	return func() tea.Msg { return failed(m.cfg.Signals.Tell(m.life, note)) }
}
