package chat

import (
	"errors"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/tui/composer"
	"github.com/chatctl/chatctl/tui/ending"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/status"
)

// opening is how the session comes, and how it ends.
type opening struct {
	session.Handover // Close closes what comes too late

	underWay bool
	over     error // why the session cannot go on; nil: it can
	asked    bool  // a person waits for that to be told
	agreed   bool  // the person has agreed to what is lost by leaving
}

// opened tells that the session of a screen is open, or why not.
type opened struct {
	of  *Model
	err error
}

// connect opens the session, which is done once at a time.
func (m *Model) connect() tea.Cmd {
	if m.opening.underWay {
		return nil
	}
	m.opening.underWay = true
	return func() tea.Msg {
		left, err := m.opening.Open(m.life, m.cfg.Account, m.cfg.Log)
		if left {
			return failed(err)
		}
		return opened{m, err}
	}
}

// opened begins to show an account.
func (m *Model) opened(msg opened) tea.Cmd {
	if msg.of != m {
		return nil // of a screen that was left, and closes it
	}
	m.opening.underWay = false
	if msg.err != nil {
		m.bar.End(msg.err)
		return nil
	}
	s := m.opening.Take(false)
	m.session = s
	m.feed.Follow(s.Link, s.Muted, s.Last)
	m.composer = composer.New(composer.Config{
		Keys: m.cfg.Keys, Theme: m.theme, Drafts: s.Drafts, Saved: s.Saved, Editor: m.cfg.Editor,
	})
	if told := slices.Concat(s.Notes, m.cfg.Notes); len(told) > 0 {
		m.note(strings.Join(told, "; "), true)
	}
	return tea.Batch(s.Link.Next, s.Over())
}

// reconnect connects once more. Where that is no use it tells why, and asks how
// to go on.
func (m *Model) reconnect() tea.Cmd {
	switch {
	case m.opening.over != nil:
		m.tellEnd()
	case m.session != nil && m.bar.Link == status.Ended:
		m.opening.asked = true // it is known that it ended, and why comes next
	default:
		return m.again()
	}
	return nil
}

// again connects once more, after the end of the session, too.
func (m *Model) again() tea.Cmd {
	switch {
	case m.connected():
		return nil
	case m.session == nil:
		return m.connect()
	}
	if m.opening.over != nil {
		m.opening.over, m.bar.Link = nil, status.Connecting
	}
	return m.session.Again()
}

// ended is told when the session cannot go on. Only the bar says so: a dialog
// that nobody asked for would take the keys of who is writing.
func (m *Model) ended(msg link.Ended) tea.Cmd {
	if m.session == nil || msg.Link != m.session.Link || msg.Err == nil {
		return nil
	}
	m.opening.over = msg.Err
	m.bar.End(msg.Err)
	if m.opening.asked {
		m.opening.asked = false
		m.tellEnd()
	}
	return nil
}

// tellEnd tells why the session cannot go on, and asks how to.
func (m *Model) tellEnd() {
	ways := ending.Ways{Again: chosen{m.again}}
	if !m.cfg.Guest {
		ways.SignIn = func(why string) tea.Msg { return SignIn{Account: m.cfg.Account, Why: why} }
	}
	unsent := "What is not sent waits in the outbox."
	if m.session.Volatile {
		unsent = "What is not sent is lost when you leave."
	}
	m.push(ending.Dialog(m.look, m.cfg.Account.Name(), m.opening.over, unsent, ways))
}

// Asks reports whether the screen asks first before it is left, for what would
// be lost. Said by a yes, then comes once more, and is not asked about.
func (m *Model) Asks(then tea.Msg) bool {
	n := m.losing()
	if n == 0 || m.opening.agreed {
		return false
	}
	m.push(ending.Loss(m.look, n, chosen{func() tea.Cmd {
		m.opening.agreed = true
		return func() tea.Msg { return then }
	}}))
	return true
}

// losing is how much is lost by leaving now: what is not sent, and what is being written.
func (m *Model) losing() int {
	if m.session == nil || !m.session.Volatile {
		return 0
	}
	n := m.session.Losing()
	if !m.composer.Empty() {
		n++
	}
	return n
}

// quit ends the program.
func (m *Model) quit() tea.Cmd {
	if m.Asks(tea.QuitMsg{}) {
		return nil
	}
	return tea.Quit
}

// Close ends the session, and keeps what is written. It is called once, when
// Update is not called any more.
func (m *Model) Close() error {
	if s := m.opening.Take(true); s != nil { // its message did not come
		return s.Close()
	}
	if m.session == nil {
		return nil
	}
	var lost, unsaved error
	if n := m.losing(); n > 0 && !m.opening.agreed { // no time to ask, as after a signal
		lost = ending.Lost(n)
	}
	if save := m.composer.Save(); save != nil {
		if t, bad := save().(composer.Trouble); bad {
			unsaved = t.Err
		}
	}
	return errors.Join(lost, unsaved, m.session.Close())
}
