package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer"
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
	case link.Own:
		return m.own(msg), true
	case link.Unkept:
		return m.fail(msg.Action, words.Of(msg.Err)), true
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

// wish takes what a child asks for.
func (m *Model) wish(msg tea.Msg) (tea.Cmd, bool) {
	switch msg := msg.(type) {
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
		m.unnote()
		m.given = msg.given
		cmd := m.ask(msg.action)
		m.given = composer.Command{}
		return cmd, true
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

// asked is an action that was confirmed, and the command that asked for it.
type asked struct {
	action api.Action
	given  composer.Command
}

func (m *Model) confirm(title, question, yes string, a api.Action) {
	m.dialogs = m.dialogs.Push(dialog.Confirm(m.look, dialog.Question{Title: title, Text: question, Yes: yes, Then: asked{a, m.given}}))
}

// copy puts a text in the terminal's clipboard. Whether the terminal does it,
// nobody can tell.
func (m *Model) copy(s string) tea.Cmd {
	if !outside.Copyable(s) {
		m.note("too long to be copied: select it with shift and the mouse", true)
		return nil
	}
	m.note("copied, if this terminal allows it (OSC 52); if not, select with shift and the mouse", false)
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
