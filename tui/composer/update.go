package composer

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/draft"
	"github.com/chatctl/chatctl/tui/keymap"

	tea "github.com/charmbracelet/bubbletea"
)

// Update takes a key, or one of the composer's own messages.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.press(msg)
	case saveNow:
		m.waiting = false
		return m.save()
	case edited:
		return m.written(msg)
	}
	return m, nil
}

func (m Model) press(key tea.KeyMsg) (Model, tea.Cmd) {
	if key.Paste {
		return m.insert(string(key.Runes), false)
	}
	contexts := []keymap.Context{keymap.Composer}
	if m.Empty() && m.edits == 0 {
		contexts = []keymap.Context{keymap.Empty, keymap.Composer}
		if m.replyTo != 0 {
			contexts = contexts[1:] // the reply is given up first
		}
	}
	if m.popup.open() {
		contexts = append([]keymap.Context{keymap.Popup}, contexts...)
	}
	switch a := m.keys.Press(key, contexts...); a {
	case keymap.Pending:
		return m, nil
	case keymap.PopupNext, keymap.PopupPrev, keymap.PopupAccept, keymap.PopupClose:
		return m.choose(a)
	case keymap.EnterSelect:
		return m.tell(Select{}), nil
	case keymap.Send:
		return m.send()
	case keymap.Cancel:
		m = m.giveUp()
		return m.changed()
	case keymap.Editor:
		return m.edit()
	case keymap.Complete:
		m = m.complete(true)
		return m, nil
	case keymap.None:
		if (key.Type == tea.KeyRunes || key.Type == tea.KeySpace) && !key.Alt {
			return m.insert(string(key.Runes), true)
		}
		return m, nil
	default:
		return m.do(a)
	}
}

// insert writes what was typed or pasted.
func (m Model) insert(s string, typed bool) (Model, tea.Cmd) {
	if !m.buf.Insert(s) {
		return m.tell(Trouble{fmt.Errorf("that is more than can be written here: %d bytes at most, of which %d can be sent at once", paste, api.MaxText)}), nil
	}
	m.popup = popup{}
	if typed {
		m = m.emoji()
		m = m.complete(false)
	}
	return m.changed()
}

// do edits the text.
func (m Model) do(a keymap.Action) (Model, tea.Cmd) {
	before := m.buf.Text()
	m.buf.Do(a)
	if m.popup.open() || a == keymap.DeleteBack {
		m = m.complete(false)
	}
	if m.buf.Text() == before {
		return m, nil
	}
	return m.changed()
}

// send submits what is written, or gives the command.
func (m Model) send() (Model, tea.Cmd) {
	written := strings.TrimSpace(m.buf.Text())
	switch {
	case written == "" && m.edits != 0:
		return m.tell(Trouble{errors.New("an edit cannot take the whole text away: delete the message instead")}), nil
	case written == "":
		return m, nil
	case slash.Is(written):
		return m.command(written)
	case m.locked != "":
		return m.tell(Trouble{errors.New(m.locked)}), nil
	case m.open == api.ConversationID{}:
		return m.tell(Trouble{errors.New("no conversation is open: /dm @HANDLE begins one")}), nil
	}
	return m.submit(slash.Message(written))
}

// submit gives the text of a message to be sent.
func (m Model) submit(written string) (Model, tea.Cmd) {
	if err := text.Message(written, api.MaxText); err != nil {
		return m.tell(Trouble{fmt.Errorf("this cannot be sent: %w", err)}), nil
	}
	s := Submit{Conversation: m.open, Text: written, ReplyTo: m.replyTo, Edits: m.edits}
	return m.done().tell(s).save()
}

func (m Model) command(written string) (Model, tea.Cmd) {
	c, err := slash.Parse(written)
	if err != nil {
		return m.tell(Trouble{err}), nil // and the text stays, to be mended
	}
	if me, is := c.(slash.Me); is && m.replyTo+m.edits != 0 {
		return m.submit(me.Message())
	}
	given := Command{Conversation: m.open, Command: c, Written: written}
	m.buf.Set("")
	m.popup = popup{}
	return m.tell(given).changed()
}

// done clears what was sent; after an edit, what was written before is back.
func (m Model) done() Model {
	next := draft.Draft{}
	if m.edits != 0 && m.kept != nil {
		next = *m.kept
	}
	return m.load(next)
}

// tell keeps msg for Take.
func (m Model) tell(msg tea.Msg) Model {
	m.said = append(m.said[:len(m.said):len(m.said)], msg)
	return m
}

// Take returns what was told since it was called last, in the order of the
// keys: Submit, Command, Select and Trouble. The root calls it after each
// Update. Messages of commands would overtake each other, and a text the one
// written before it.
func (m Model) Take() (Model, []tea.Msg) {
	said := m.said
	m.said = nil
	return m, said
}
