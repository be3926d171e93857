package chat

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/composer"
	"github.com/chatctl/chatctl/tui/feed"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/lists"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/rail"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/status"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/threads"
	"github.com/chatctl/chatctl/tui/unsent"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/chatctl/chatctl/tui/widget/dialog"
	"github.com/chatctl/chatctl/tui/words"
)

// Model is the root. It is used by pointer: of one program there is one.
type Model struct {
	life    context.Context // of what its commands do
	cfg     Config
	theme   *widget.Theme
	look    dialog.Look
	keys    keymap.Keys
	opening opening
	session *session.Session // nil until opened

	width, height int
	hideRail      bool
	rail          rail.Model
	composer      composer.Model
	dialogs       dialog.Stack
	attention     attention.Model
	bar           status.Bar
	title         string
	now           time.Time

	feed   *feed.Feed
	wanted api.ActionID // the group.create whose group is to be opened
	delays unsent.Delays

	given    composer.Command                  // that is carried out; zero: none is
	commands map[api.ActionID]composer.Command // that asked for actions without an outcome
}

// tick is the clock of what changes by itself: the wait for the next try. It
// belongs to one screen; that of one that was left stops.
type tick struct {
	of *Model
	at time.Time
}

// New returns the client for a terminal. Nothing is opened before Init's command runs.
func New(life context.Context, cfg Config) *Model {
	theme := widget.NewTheme(cfg.Terminal)
	m := &Model{
		life: life, cfg: cfg, theme: theme, look: dialog.Look{Keys: cfg.Keys, Theme: theme},
		keys: cfg.Keys.Keys(), now: time.Now(), commands: map[api.ActionID]composer.Command{},
		composer: composer.New(composer.Config{Keys: cfg.Keys, Theme: theme, Editor: cfg.Editor}),
		bar:      status.Bar{Where: cfg.Account.Server, Again: cfg.Keys.Of(keymap.Reconnect)},
	}
	m.feed = feed.New(m.speak(cfg.Account.Handle), cfg.Begin)
	return m
}

// speak takes whose session it is, "" where that is not known yet, and returns
// how threads are made for them.
func (m *Model) speak(handle string) thread.Config {
	m.cfg.Account.Handle = handle
	m.bar.Who = m.cfg.Account.Name()
	hint := m.cfg.Keys.Of(keymap.Accept) + " searches, " + m.cfg.Keys.Of(keymap.Dismiss) + " gives up"
	return thread.Config{Theme: m.theme, Markup: markup.New(m.theme), Location: m.cfg.Location, Me: handle, Hint: hint}
}

// own takes whose session a token without a name is.
func (m *Model) own(own link.Own) tea.Cmd {
	if own.Err != nil {
		return tea.Tick(5*time.Second, func(time.Time) tea.Msg { return chosen{m.session.Link.Me} })
	}
	return m.feed.Speak(m.speak(own.Me.Handle))
}

// Init opens the account.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(m.connect(), m.clock(), tea.SetWindowTitle("chatctl"))
}

func (m *Model) clock() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tick{m, t} })
}

// Update routes a message to whom it is for.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.route(msg)
	return m, tea.Batch(cmd, m.after())
}

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.dialogs, _ = m.dialogs.Update(msg)
		return nil
	case tea.KeyMsg:
		return m.press(msg)
	case tea.MouseMsg:
		return m.mouse(msg)
	case tea.FocusMsg:
		m.attention = m.attention.Focus()
		return nil
	case tea.BlurMsg:
		m.attention = m.attention.Blur()
		return nil
	case tick:
		if msg.of != m {
			return nil
		}
		m.now = msg.at
		m.feed.Threads.Expire(m.now)
		return m.clock()
	case opened:
		return m.opened(msg)
	case link.Frame:
		return m.frame(msg)
	case link.Answer:
		if m.session == nil || msg.Link != m.session.Link {
			return nil // to an account that was left
		}
		return m.route(msg.Msg)
	case link.Ended:
		return m.ended(msg)
	case session.Trouble:
		m.note(words.Of(msg.Err), true)
		return nil
	case composer.Trouble:
		m.note(words.Of(msg.Err), true)
		return nil
	}
	if news, ok := m.feed.Update(msg); ok {
		return m.heard(news)
	}
	if cmd, ok := m.answer(msg); ok {
		return cmd
	}
	if cmd, ok := m.wish(msg); ok {
		return cmd
	}
	return m.children(msg)
}

// children gives a message of its own to who may know it.
func (m *Model) children(msg tea.Msg) tea.Cmd {
	var a, b, c tea.Cmd
	m.dialogs, a = m.dialogs.Update(msg)
	m.composer, b = m.composer.Update(msg)
	if v := m.thread(); v != nil {
		v.Thread, c = v.Thread.Update(msg)
	}
	return tea.Batch(a, b, c, m.told())
}

// thread is the one on the screen, nil where there is none.
func (m *Model) thread() *threads.Kept { return m.feed.Thread() }

// after brings in order what depends on several parts, once each message.
func (m *Model) after() tea.Cmd {
	m.forget()
	m.requote()
	if m.session != nil {
		m.bar.Outbox, m.bar.Failed = m.feed.Pending(&m.delays)
	}
	m.composer = m.composer.Focus(!m.selecting())
	m.layout()
	m.rail = m.rail.Unread(m.unread())
	if m.attention.Reads() && !m.dialogs.Open() && m.width > 0 {
		m.feed.Read()
	}
	return m.show()
}

// show brings rail, bar and title up to date.
func (m *Model) show() tea.Cmd {
	if m.session == nil {
		return nil
	}
	items := m.feed.Rooms.Items()
	for i := range items {
		items[i].Draft = items[i].Key != m.current() && m.composer.HasDraft(m.feed.Rooms.At(items[i].Key).Ref())
	}
	m.rail = m.rail.Set(items).Select(m.current())
	m.bar.Unread, m.bar.Mention = m.rail.Totals()
	if m.dialogs.Open() {
		m.dialogs, _ = m.dialogs.Update(dialog.Refill{Name: lists.OutboxName, Items: m.unsent()})
	}
	title := attention.Title(m.bar.Unread, m.cfg.Account.Handle)
	if title == m.title {
		return nil
	}
	m.title = title
	return tea.SetWindowTitle(title)
}

func (m *Model) current() string {
	if m.feed.Open == nil {
		return ""
	}
	return m.feed.Open.Key
}
