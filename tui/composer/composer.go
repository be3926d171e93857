package composer

import (
	"maps"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/composer/complete"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/draft"
	"github.com/chatctl/chatctl/tui/edit"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Config is what a composer is given.
type Config struct {
	Keys   *keymap.Map
	Theme  *widget.Theme
	Drafts *draft.Store // nil: they are kept in memory alone
	Saved  draft.All    // what Drafts held at the start
	Editor string       // the command of $VISUAL or $EDITOR; empty: there is none
}

// What the composer tells the root, by Take. Trouble comes as a message, too,
// when drafts cannot be saved.
type (
	// Submit is a message to send, or where Edits is set, the new text of one.
	Submit struct {
		Conversation api.ConversationID
		Text         string
		ReplyTo      int64
		Edits        int64
	}
	// Command is a command that was given, in the conversation that was open.
	Command struct {
		Conversation api.ConversationID
		Command      slash.Command
		Written      string // the text that it was given as
		Edits        int64  // none was: Written was to be the new text of this message
	}
	// Select is the wish to select messages.
	Select struct{}
	// Trouble is something that people must be told, in words.
	Trouble struct{ Err error }
)

// Model is the composer.
type Model struct {
	cfg    Config
	keys   keymap.Keys
	buf    edit.Buffer
	book   complete.Book
	popup  popup
	open   api.ConversationID
	to     string // how the conversation is called
	locked string // why nothing can be sent, "" when something can

	replyTo, edits int64
	quote          string       // the message that is answered, in short
	kept           *draft.Draft // what was written before the edit

	drafts  draft.All
	version uint64 // of drafts, raised with each change
	saved   uint64 // the version that was given to be saved last
	waiting bool   // a tick will save them

	said          []tea.Msg // for Take
	focused       bool
	deeds         []keymap.Deed // what the keys do without it
	width, height int
}

// paste is the largest text that is taken, in bytes: more than can be sent, so
// that people may shorten it here.
const paste = 4 * api.MaxText

// New returns a composer without a conversation.
func New(cfg Config) Model {
	m := Model{
		cfg: cfg, keys: cfg.Keys.Keys(), buf: edit.Lines(paste), book: complete.NewBook(),
		drafts: draft.All{}, focused: true, width: 80, height: 8,
	}
	maps.Copy(m.drafts, cfg.Saved)
	return m
}

// Resize gives it width cells, and at most height lines.
func (m Model) Resize(width, height int) Model {
	m.width, m.height = max(1, width), max(1, height)
	m.buf.SetWidth(m.inner())
	return m
}

// Focus says whether the composer has the keys. Where it has not, they are those
// of the messages that are selected.
func (m Model) Focus(on bool) Model {
	m.focused = on
	if !on {
		m.popup = popup{}
	}
	return m
}

// Offer says what can be done with the message that is selected; nil: the keys
// are for something else.
func (m Model) Offer(deeds []keymap.Deed) Model {
	m.deeds = deeds
	return m
}

// People says who can be completed, the likeliest first, and which groups.
func (m Model) People(people []complete.Person, rooms []string) Model {
	m.book.People, m.book.Rooms = people, rooms
	return m
}

// Open goes on in another conversation, of which Call tells the rest, with what
// was being written there.
func (m Model) Open(id api.ConversationID, to, locked string) (Model, tea.Cmd) {
	m = m.Call(to, locked)
	if id == m.open {
		return m, nil
	}
	m = m.keep()
	m.open = id
	m = m.load(m.drafts[id])
	return m.save()
}

// Call says how the open conversation is called. From a locked one only
// commands go, for the reason that is given.
func (m Model) Call(to, locked string) Model {
	m.to, m.locked = to, locked
	return m
}

// Reply begins an answer to the message seq of the open conversation, shown as
// quote. What was written becomes its text.
func (m Model) Reply(seq int64, quote string) (Model, tea.Cmd) {
	if m.edits != 0 {
		m = m.giveUp()
	}
	m.replyTo, m.quote = seq, quote
	return m.changed()
}

// Quote shows the message seq as quote from now on, if that is what is answered.
func (m Model) Quote(seq int64, quote string) Model {
	if m.replyTo == seq {
		m.quote = quote
	}
	return m
}

// Answers is the message that is answered, 0 for none.
func (m Model) Answers() int64 { return m.replyTo }

// Edit takes the own message seq to change its text. What was written is back
// when the edit is sent or given up.
func (m Model) Edit(seq int64, text string) (Model, tea.Cmd) {
	if m.edits != 0 {
		m = m.giveUp()
	}
	before := m.draft()
	m = m.load(draft.Draft{Text: slash.Written(text), Edits: seq, Kept: &before})
	return m.changed()
}

// Type writes s as if it had been typed.
func (m Model) Type(s string) (Model, tea.Cmd) {
	m.buf.Insert(s)
	m = m.complete(false)
	return m.changed()
}

// Text is what is written.
func (m Model) Text() string { return m.buf.Text() }

// Restore puts back the text of a command or an edit that was refused, to be mended. It
// reports false, and does nothing, where another conversation is open or
// something else is being written.
func (m Model) Restore(c Command) (_ Model, restored bool, _ tea.Cmd) {
	if c.Conversation != m.open || !m.Empty() || m.edits != 0 {
		return m, false, nil
	}
	m.buf.Set(c.Written)
	m.edits = c.Edits
	m, cmd := m.changed()
	return m, true, cmd
}

// Message is what is written, where it is to be a new message: "" for nothing, a
// command, or an edit.
func (m Model) Message() string {
	if s := m.buf.Text(); m.edits == 0 && !slash.Is(strings.TrimSpace(s)) {
		return s
	}
	return ""
}

// Holds reports whether the next key is the rest of a chord.
func (m Model) Holds() bool {
	_, holds := m.keys.Holds()
	return holds
}

// Empty reports whether nothing is written.
func (m Model) Empty() bool { return m.buf.Text() == "" }

// HasDraft reports whether something is being written in a conversation.
func (m Model) HasDraft(id api.ConversationID) bool {
	if id == m.open {
		return !m.draft().Empty()
	}
	d, ok := m.drafts[id]
	return ok && !d.Empty()
}

func (m Model) draft() draft.Draft {
	return draft.Draft{Text: m.buf.Text(), ReplyTo: m.replyTo, Quote: m.quote, Edits: m.edits, Kept: m.kept}
}

func (m Model) load(d draft.Draft) Model {
	m.buf.Set(d.Text)
	m.replyTo, m.quote, m.edits, m.kept = d.ReplyTo, d.Quote, d.Edits, d.Kept
	m.popup = popup{}
	return m
}

// giveUp ends the edit or the reply; what was written stays, or is back.
func (m Model) giveUp() Model {
	switch {
	case m.edits != 0 && m.kept != nil:
		m = m.load(*m.kept)
	case m.edits != 0:
		m = m.load(draft.Draft{})
	default:
		m.replyTo, m.quote = 0, ""
	}
	return m
}
