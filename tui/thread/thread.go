package thread

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/widget"
)

// Config says whose thread it is and how it looks.
type Config struct {
	Theme    *widget.Theme
	Markup   *markup.Renderer // shared by the threads of a program
	Location *time.Location   // times are shown in it; nil: UTC
	Me       string           // the reader's handle
}

// Model is the thread of one conversation.
type Model struct {
	cfg  Config
	head api.Head
}

// New returns the thread of the conversation that head tells of, without
// messages. Init asks for the latest ones.
func New(cfg Config, head api.Head) Model { return Model{cfg: cfg, head: head} }

// Init asks for what the thread needs first.
func (m Model) Init() tea.Cmd { return nil }

// SetSize says how many cells there are.
func (m Model) SetSize(width, height int) Model { return m }

// SetHead tells where the conversation stands, the reader's marks included.
func (m Model) SetHead(h api.Head) Model { return m }

// SetMembers tells who is who, and how far each has received and read.
func (m Model) SetMembers(members []api.Member) Model { return m }

// Mark tells how far a member has received and read.
func (m Model) Mark(member api.MemberID, received, read int64) Model { return m }

// SetBlocked tells whom the reader blocks: what they write is folded.
func (m Model) SetBlocked(handles []string) Model { return m }

// SetTyping tells who is writing now, by handle.
func (m Model) SetTyping(handles []string) Model { return m }

// SetPending tells all own messages that have no place yet, in their order. One
// whose entry has come already is not shown twice.
func (m Model) SetPending(pending []Pending) Model { return m }

// MarkNew draws the "new" line above the first message of others after a seq;
// it stays there until MarkNew is called again.
func (m Model) MarkNew(after int64) Model { return m }

// Arrive takes entries of the conversation's log, new or old, in any order.
func (m Model) Arrive(entries []api.Entry) (Model, tea.Cmd) { return m, nil }

// History takes the page of messages that WantHistory asked for (Messages with before).
func (m Model) History(p api.Page) (Model, tea.Cmd) { return m, nil }

// HistoryFailed tells that the page will not come; scrolling asks again.
func (m Model) HistoryFailed(why string) Model { return m }

// Root takes the message that WantMessage asked for; a zero entry: it cannot be read.
func (m Model) Root(seq int64, e api.Entry) Model { return m }

// Do carries a command out.
func (m Model) Do(c Command) (Model, tea.Cmd) { return m, nil }

// Update takes the mouse wheel, and keys while Searching.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) { return m, nil }

// Searching reports whether what to search for is being written: Update gets the keys then.
func (m Model) Searching() bool { return false }

// Selecting reports whether a message is chosen.
func (m Model) Selecting() bool { return false }

// AtPresent reports whether the last message is on the screen and what comes is followed.
func (m Model) AtPresent() bool { return true }

// Seen is the highest seq up to which the messages have been on the screen.
func (m Model) Seen() int64 { return 0 }

// View draws the thread: exactly as many lines as its height, none wider than its width.
func (m Model) View() string { return "" }
