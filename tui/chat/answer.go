package chat

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/lists"
	"github.com/chatctl/chatctl/tui/outside"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/widget/dialog"
	"github.com/chatctl/chatctl/tui/words"
)

// answer takes what the server answered to a question of this program.
func (m *Model) answer(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case link.Page:
		return m.page(msg), true
	case link.Single:
		return m.single(msg), true
	case link.Members:
		if msg.Err != nil {
			return m.unread(msg.Conversation, msg.Err), true
		}
		m.people(msg.Conversation, msg.Members)
	case link.Own:
		return m.own(msg), true
	case link.Blocked:
		if msg.Err != nil {
			m.note("whom you block is not known yet: "+words.Of(msg.Err), true)
			return m.later(m.session.Link.Blocks()), true
		}
		m.rooms.Blocking(msg.Blocks)
		m.threads.SetBlocked(m.rooms.Blocks())
	case link.Unkept:
		m.fail(msg.Action, words.Of(msg.Err))
	case link.Dropped:
		if !msg.OK {
			m.note("the server has it already", true)
		}
	case link.SignIns:
		m.sessions(msg)
	case Profiles:
		m.profiles(msg)
	case link.Exported:
		if msg.Err != nil {
			m.note("no export: "+words.Of(msg.Err), true)
		} else {
			m.note("all your data is in "+msg.Path, false)
		}
	default:
		return nil, false
	}
	return nil, true
}

// later asks once more in a while.
func (m *Model) later(ask tea.Cmd) tea.Cmd {
	const again = 5 * time.Second
	return tea.Tick(again, func(time.Time) tea.Msg { return chosen{func() tea.Cmd { return ask }} })
}

func (m *Model) page(p link.Page) (cmd tea.Cmd) {
	v := m.threads.Of(m.rooms.Of(p.Conversation))
	if v == nil {
		return nil
	}
	if p.Err != nil {
		v.Thread = v.Thread.HistoryFailed(words.Of(p.Err))
		return m.unread(p.Conversation, p.Err)
	}
	v.Thread, cmd = v.Thread.History(p.Page)
	return cmd
}

func (m *Model) single(s link.Single) tea.Cmd {
	v := m.threads.Of(m.rooms.Of(s.Conversation))
	switch {
	case v == nil:
	case s.Err != nil:
		v.Thread = v.Thread.RootFailed()
		return m.unread(s.Conversation, s.Err)
	default:
		v.Thread = v.Thread.Root(s.Seq, s.Entry)
	}
	return nil
}

// unread asks again, in a while, for what could not be read of a conversation.
// Without a connection, that is for when there is one again; of one that is not
// on the screen, for when it is.
func (m *Model) unread(c api.ConversationID, why error) tea.Cmd {
	if !m.connected() || !link.Passing(why) {
		return nil
	}
	return m.later(func() tea.Msg {
		return chosen{func() tea.Cmd {
			if m.open == nil || m.open.Head.Conversation != c {
				return nil
			}
			return m.resume()
		}}
	})
}

// readAgain asks again for what could not be read of the thread on the screen.
func (m *Model) readAgain() (cmd tea.Cmd) {
	if v := m.thread(); v != nil {
		v.Thread, cmd = v.Thread.Again()
	}
	return cmd
}

// wish takes what a child asks for.
func (m *Model) wish(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
	case thread.WantHistory:
		return m.session.Link.History(msg.Conversation, msg.Before), true
	case thread.WantMembers:
		return m.session.Link.People(msg.Conversation), true
	case thread.WantMessage:
		return m.session.Link.Message(msg.Conversation, msg.Seq), true
	case thread.WantReply:
		return m.compose(func() (cmd tea.Cmd) {
			m.composer, cmd = m.composer.Reply(msg.Message.Seq, msg.Message.Quote())
			return cmd
		}), true
	case thread.WantEdit:
		return m.compose(func() (cmd tea.Cmd) {
			m.composer, cmd = m.composer.Edit(msg.Message.Seq, msg.Message.Text)
			return cmd
		}), true
	case thread.WantDelete:
		m.confirm("delete", "Delete this message for everybody?\n\n"+text.Clip(msg.Message.Text, 200), "delete",
			api.Action{Type: api.DeleteMessage, Conversation: msg.Message.Conversation, Target: msg.Message.Seq})
	case thread.WantReport:
		m.confirm("report", "Give the administrators a copy of this message and of what stands around it?\n\n"+text.Clip(msg.Message.Text, 200), "report",
			api.Action{Type: api.ReportMessage, Conversation: msg.Message.Conversation, Target: msg.Message.Seq})
	case thread.WantCopy:
		return m.copy(msg.Text), true
	case thread.WantOpen:
		return m.openLinks(msg.URLs), true
	case thread.WantRaw:
		m.dialogs = m.dialogs.Push(dialog.Text(m.look, "as it was sent", msg.Text))
	case thread.WantRetry:
		return m.session.Link.Retry(msg.Pending.ID), true
	case thread.WantDrop:
		return m.session.Link.Drop(msg.Pending.ID), true
	case thread.SelectEnded:
		m.composer = m.composer.Focus(true)
	case thread.Note:
		m.note(msg.Text, false)
	case asked:
		return m.ask(msg.action), true
	case chosen:
		return msg.do(), true
	default:
		return nil, false
	}
	return nil, true
}

// compose ends the selection and gives the composer its text.
func (m *Model) compose(fill func() tea.Cmd) tea.Cmd {
	end := m.do(keymap.LeaveSelect)
	m.composer = m.composer.Focus(true)
	return tea.Batch(end, fill())
}

// asked is an action that was confirmed.
type asked struct{ action api.Action }

func (m *Model) confirm(title, question, yes string, a api.Action) {
	m.dialogs = m.dialogs.Push(dialog.Confirm(m.look, dialog.Question{Title: title, Text: question, Yes: yes, Then: asked{a}}))
}

// copy puts a text in the terminal's clipboard. Whether the terminal does it,
// nobody can tell.
func (m *Model) copy(s string) tea.Cmd {
	if !outside.Copyable(s) {
		m.note("this cannot be copied: select it with the mouse, with shift held", true)
		return nil
	}
	m.note("copied, if this terminal lets programs copy (OSC 52); else select with the mouse, with shift held", false)
	return func() tea.Msg { return failed(outside.Copy(m.cfg.Signals.Terminal, s)) }
}

// failed is the message of a command's error.
func failed(err error) tea.Msg {
	if err == nil {
		return nil
	}
	return session.Trouble{Err: err}
}

// openLinks opens the one address, or asks which.
func (m *Model) openLinks(urls []string) tea.Cmd {
	if len(urls) == 1 {
		return m.openLink(urls[0])
	}
	m.push(lists.Links(m.look, urls, func(url string) tea.Msg {
		return chosen{func() tea.Cmd { return m.openLink(url) }}
	}))
	return nil
}

func (m *Model) openLink(url string) tea.Cmd {
	if len(m.cfg.Opener) == 0 {
		cmd := m.copy(url)
		m.note("there is no program here that opens links; it is in the clipboard: "+url, false)
		return cmd
	}
	return func() tea.Msg { return failed(outside.Browse(m.life, m.cfg.Opener, url)) }
}
