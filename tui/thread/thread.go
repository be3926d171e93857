package thread

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread/journal"
	"github.com/chatctl/chatctl/tui/thread/people"
	"github.com/chatctl/chatctl/tui/thread/render"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/chatctl/chatctl/tui/widget/field"
)

// Config says whose thread it is and how it looks.
type Config struct {
	Theme    *widget.Theme
	Markup   *markup.Renderer // shared by the threads of a program
	Location *time.Location   // times are shown in it; nil: UTC
	Me       string           // the reader's handle
	Hint     string           // stands where what to search for is written
}

// Model is the thread of one conversation.
type Model struct {
	cfg           Config
	head          api.Head
	width, height int
	version       int // of all that lines depend on beside their message

	log   *journal.Journal
	low   int64  // the lowest seq that history covers; 0: none yet
	begun bool   // nothing lies before low
	asked bool   // for history
	why   string // it did not come
	lost  bool   // that, or what is replied to, could not be read

	people  *people.People
	unknown map[api.MemberID]bool // asked for
	roots   map[int64]bool        // replied to, not loaded, and asked for
	missing map[int64]bool        // replied to, not loaded, and drawn without
	typing  []string

	pending []render.Pending
	placed  map[api.ActionID]bool // own messages that have a place

	newAfter int64 // -1: there is no "new" line
	newAt    int64 // the first message under it; 0: none yet
	toNew    bool  // it is on its way to the screen
	sought   sought

	top    place
	follow bool // the last line is at the bottom, whatever comes
	below  int  // what came while it was not

	drawn     map[int64]drawn
	cursor    cursor
	find      string
	searching bool
	prompt    field.Field
}

// New returns the thread of the conversation that head tells of, without
// messages. Init asks for the latest ones.
func New(cfg Config, head api.Head) Model {
	if cfg.Location == nil {
		cfg.Location = time.UTC
	}
	return Model{
		cfg: cfg, head: head, log: journal.New(), newAfter: -1, follow: true, asked: true, width: 1, height: 1,
		people: people.New(head.Me, cfg.Me), unknown: map[api.MemberID]bool{}, roots: map[int64]bool{}, placed: map[api.ActionID]bool{}, missing: map[int64]bool{}, drawn: map[int64]drawn{},
	}
}

// Init asks for the latest messages.
func (m Model) Init() tea.Cmd { return say(WantHistory{Conversation: m.head.Conversation}) }

// SetSize says how many cells there are. What is at the top stays there.
func (m Model) SetSize(width, height int) Model {
	width, height = max(width, 1), max(height, 1)
	if width != m.width {
		m.version++
	}
	lower := height < m.height
	m.width, m.height = width, height
	if lower && m.cursor.on { // a note above the bar takes lines from below
		return m.show(m.cursorRow())
	}
	return m.settle()
}

// SetHead tells where the conversation stands.
func (m Model) SetHead(h api.Head) Model {
	if m.people.SetReader(h.Me) || h.Kind != m.head.Kind {
		m.version++
	}
	m.head = h
	return m
}

// SetMembers tells who is who, and how far each has received and read.
func (m Model) SetMembers(members []api.Member) Model {
	m.people.Set(members)
	m.version++
	return m.settle()
}

// Mark tells how far a member has received and read. Marks never go back.
func (m Model) Mark(member api.MemberID, received, read int64) Model {
	m.people.Mark(member, received, read)
	return m
}

// SetBlocked tells whom the reader blocks: what they write is folded.
func (m Model) SetBlocked(handles []string) Model {
	if m.people.Block(handles) {
		m.version++
	}
	return m.settle()
}

// SetTyping tells who is writing now, by handle.
func (m Model) SetTyping(handles []string) Model {
	m.typing = slices.DeleteFunc(slices.Clone(handles), func(h string) bool { return h == m.cfg.Me || m.people.Blocked(h) })
	return m
}

// SetPending tells all own messages that have no place yet, in their order. One
// whose entry has come already is not shown twice. A failed one that was chosen
// and is gone, retried or dropped, is not chosen any more.
func (m Model) SetPending(pending []render.Pending) Model {
	chosen := func(p render.Pending) bool { return m.cursor.on && p.ID == m.cursor.id }
	if i := slices.IndexFunc(m.pending, chosen); i >= 0 && m.pending[i].Stage == render.Failed && !slices.ContainsFunc(pending, chosen) {
		m.cursor = cursor{}
	}
	m.pending = slices.DeleteFunc(slices.Clone(pending), func(p render.Pending) bool { return m.placed[p.ID] })
	return m.settle()
}

// MarkNew draws the "new" line above the first message of others after a seq;
// it stays there until MarkNew is called again. A negative seq: no line.
func (m Model) MarkNew(after int64) Model {
	m.newAfter, m.newAt, m.toNew = after, 0, false
	m.seekNew()
	m.version++
	return m.settle()
}

// seekNew finds the first message under the "new" line among what is loaded.
func (m *Model) seekNew() {
	if m.newAfter < 0 {
		return
	}
	i, _ := m.log.Find(m.newAfter + 1)
	for ; i < len(m.log.Items()) && (m.newAt == 0 || m.log.Items()[i].Seq < m.newAt); i++ {
		if it := m.log.Items()[i]; it.Kind == api.EntryMessage && it.Sender != m.head.Me {
			m.newAt = it.Seq
			return
		}
	}
}

// Arrive takes entries of the conversation's log, new or old, in any order.
func (m Model) Arrive(entries []api.Entry) (Model, tea.Cmd) {
	changes := slices.ContainsFunc(entries, func(e api.Entry) bool {
		return e.Kind == api.EntryEdit || e.Kind == api.EntryDelete || e.Kind == api.EntryErase || e.Kind == api.EntryPurge
	})
	if changes { // replies show what they answer
		m.version++
	}
	before := len(m.log.Items())
	last := m.log.Last()
	m.moved(m.log.Read(entries, m.anchor()))
	if !m.follow && m.log.Last() > last {
		m.below += len(m.log.Items()) - before
	}
	m.took(entries)
	return m.settle().ask()
}

// took drops the pending messages that have a place now, and finds the "new"
// line and what was replied to.
func (m *Model) took(entries []api.Entry) {
	for _, e := range entries {
		if m.missing[e.Seq] {
			delete(m.missing, e.Seq)
			m.version++
		}
		if e.Kind != api.EntryMessage {
			continue
		}
		if m.people.Wrote(e.Sender, e.Seq); e.Sender == m.head.Me {
			m.placed[e.Action] = true
		}
	}
	if len(m.pending) > 0 {
		m.pending = slices.DeleteFunc(slices.Clone(m.pending), func(p render.Pending) bool { return m.placed[p.ID] })
	}
	m.seekNew()
}

// History takes the page that WantHistory asked for: messages as they stand now,
// and what else happened among them.
func (m Model) History(p api.Page) (Model, tea.Cmd) {
	m.asked, m.why = false, ""
	m.sought.pages--
	m.moved(m.log.Withheld(p.Withheld, m.anchor()))
	m.moved(m.log.Read(p.Entries, m.anchor()))
	if m.low == 0 || p.Next < m.low {
		m.low = max(p.Next, 1)
	}
	m.begun = m.begun || !p.More || m.low == 1
	m.took(p.Entries)
	return m.settle().ask()
}

// HistoryFailed tells that the page will not come, and why in people's words.
// Scrolling up asks again, and so does Again.
func (m Model) HistoryFailed(why string) Model {
	m.asked, m.toNew, m.why, m.lost = false, false, why, true
	return m.settle()
}

// RootFailed tells that what WantMessage asked for will not come. Again asks for it.
func (m Model) RootFailed() Model {
	m.lost = true
	return m
}

// Again asks once more for what could not be read, if anything could not.
func (m Model) Again() (Model, tea.Cmd) {
	if !m.lost {
		return m, nil
	}
	m.lost, m.why = false, ""
	clear(m.roots)
	return m.settle().ask()
}

// Root takes the message that WantMessage asked for; a zero entry: it cannot be read.
func (m Model) Root(seq int64, e api.Entry) Model {
	m.roots[seq] = true
	if e.Kind == api.EntryMessage {
		m.log.Quote(e)
	}
	m.version++
	return m.settle()
}

// Selecting reports whether a message is chosen.
func (m Model) Selecting() bool { return m.cursor.on }

// Searching reports whether what to search for is being written: Write gets the keys then.
func (m Model) Searching() bool { return m.searching }

// AtPresent reports whether the last message is on the screen and what comes is followed.
func (m Model) AtPresent() bool { return m.follow && m.sought.from == 0 }

func say(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
