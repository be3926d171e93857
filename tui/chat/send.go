package chat

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/words"
)

// submit sends what was written, or edits.
func (m *Model) submit(s composer.Submit) tea.Cmd {
	room := m.feed.Open
	if room == nil || m.session == nil {
		m.note("this cannot be sent before a conversation is open", true)
		return nil
	}
	if s.Edits != 0 {
		m.given = composer.Command{Conversation: s.Conversation, Written: slash.Written(s.Text), Edits: s.Edits}
		cmd := m.ask(api.Action{Type: api.EditMessage, Conversation: room.Head.Conversation, Target: s.Edits, Text: s.Text})
		m.given = composer.Command{}
		return cmd
	}
	return m.say(room, s.Text, s.ReplyTo)
}

// say sends a message. A direct conversation is always named by its person:
// what is named in one way keeps its order in the outbox.
func (m *Model) say(room *rooms.Room, text string, replyTo int64) tea.Cmd {
	if why := locked(room); why != "" {
		return m.refuse(why)
	}
	a := api.Action{Type: api.SendMessage, Text: text, ReplyTo: replyTo}
	if room.Head.Kind == api.Direct {
		a.To = room.Head.Peer
	} else {
		a.Conversation = room.Head.Conversation
	}
	cmd := m.ask(a)
	return tea.Batch(cmd, m.do(keymap.Present))
}

// ask puts an action on its way.
func (m *Model) ask(a api.Action) tea.Cmd {
	if m.session == nil {
		return nil
	}
	id, cmd := m.session.Link.Send(a)
	if a.Type == api.CreateGroup {
		m.wanted = id
	}
	if m.given.Written != "" && a.Type != api.SendMessage { // which is among the failures
		m.commands[id] = m.given
	}
	return cmd
}

// settled takes the outcome of an action.
func (m *Model) settled(a api.Action, r api.Result) tea.Cmd {
	m.delays.Settle(a.ID)
	switch r.Outcome {
	case api.Refused:
		return m.fail(a, words.Refused(a, r.Reason))
	case api.ActionHeld:
		m.note("an administrator has to look at what you asked for; it is not lost", true)
		return nil
	}
	delete(m.commands, a.ID)
	switch a.Type {
	case api.CreateGroup:
		if a.ID == m.wanted {
			if room := m.feed.Expect(r.Conversation); room != nil {
				return m.visit(room)
			}
		}
	case api.SetBlock, api.ClearBlock:
		m.feed.Block(api.Block{Handle: a.To, Active: a.Type == api.SetBlock})
	}
	if done := words.Done(a); done != "" {
		m.note(done, false)
	}
	return nil
}

// fail tells of an action that was not done. A message is kept until the person
// decides.
func (m *Model) fail(a api.Action, why string) tea.Cmd {
	m.delays.Settle(a.ID)
	given := m.commands[a.ID]
	delete(m.commands, a.ID)
	return m.giveBack(given, words.NotDone(a)+": "+why)
}

// refuse tells why the command that is carried out is not.
func (m *Model) refuse(why string) tea.Cmd { return m.giveBack(m.given, why) }

// giveBack tells why a command is not carried out. Its text is back in the
// composer, or where that has another one, in what is told.
func (m *Model) giveBack(c composer.Command, why string) (cmd tea.Cmd) {
	restored := false
	if c.Written != "" {
		if m.composer, restored, cmd = m.composer.Restore(c); !restored {
			why = c.Written + ": " + why
		}
	}
	m.note(why, true)
	if restored {
		m.bar.About(m.composer.Text())
	}
	return cmd
}
