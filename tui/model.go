package tui

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/signin"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/chatctl/chatctl/tui/words"
)

// signOutWithin is how long the end of a session that cannot be kept may take.
const signOutWithin = 10 * time.Second

// Model is the program: the forms, or the screen of an account. It is used by pointer.
type Model struct {
	life   context.Context // of what its commands do
	cfg    Config
	size   tea.WindowSizeMsg
	signin *signin.Model // exactly one of them is there, but while one gives way to the other
	client *client.Client
	chat   *chat.Model
	who    string // whose screen it is

	instead string       // the profile whose session has ended, "" for none
	left    func() error // closes the screen that is being left, once; nil: none is
	told    []string     // what went wrong by that, for what comes next
}

// ready brings the account to go on with.
type ready struct {
	account session.Account
	err     error
}

// New returns the program. What its commands do ends with life.
func New(life context.Context, cfg Config) *Model {
	m := &Model{life: life, cfg: cfg}
	if cfg.Account != nil {
		m.show(*cfg.Account)
	} else {
		m.forms(cfg.Server, "", "")
	}
	return m
}

// show makes the screen of an account.
func (m *Model) show(a session.Account) {
	cfg := m.cfg.Chat
	cfg.Account, cfg.Notes, m.told = a, m.told, nil
	m.chat, m.signin, m.instead, m.who = chat.New(m.life, cfg), nil, "", a.Name()
}

// forms makes the forms for a server. Where its address is no good the forms
// say so when they ask it.
func (m *Model) forms(server, handle, why string) {
	c, err := client.New(client.Config{Server: server})
	if err != nil {
		why = words.Of(err)
		c, _ = client.New(client.Config{Server: "http://127.0.0.1:8420"})
	}
	m.cfg.Server = server
	if why != "" {
		m.told = append(m.told, why)
	}
	why, m.told = strings.Join(m.told, "; "), nil
	s := signin.New(m.life, signin.Config{
		Client: c, Server: server, Device: m.cfg.Device, Handle: handle, Why: why,
		Keys: m.cfg.Chat.Keys, Theme: widget.NewTheme(m.cfg.Chat.Terminal), Mailbox: m.cfg.Mailbox,
	})
	s = s.Resize(m.size.Width, m.size.Height)
	m.signin, m.client, m.chat = &s, c, nil
}

// Init begins with the account, or with the forms.
func (m *Model) Init() tea.Cmd {
	if m.chat != nil {
		return m.chat.Init()
	}
	return tea.SetWindowTitle("chatctl")
}

// Close ends what is open. It is called once, after the program has ended, which
// waits for no command: a screen may be being left.
func (m *Model) Close() error {
	switch {
	case m.left != nil:
		return m.left()
	case m.chat != nil:
		return m.chat.Close()
	}
	return nil
}

// Update routes a message to the forms or the screen.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.size = msg
		if m.signin != nil {
			s := m.signin.Resize(msg.Width, msg.Height)
			m.signin = &s
		}
	case signin.Done:
		return m, m.keep(msg.Session)
	case signin.Leave:
		return m, tea.Quit
	case tea.ResumeMsg:
		return m, tea.EnableMouseCellMotion // which Bubble Tea gives back, but does not take again
	case chat.SignIn:
		if m.chat != nil && m.chat.Asks(msg) {
			return m, nil
		}
		return m, m.leave(func() tea.Msg { return msgForms(msg) })
	case msgForms:
		if m.chat != nil { // one came first
			return m, m.leave(func() tea.Msg { return msg })
		}
		m.left = nil
		m.instead = msg.Account.Profile
		m.forms(msg.Account.Server, msg.Account.Handle, msg.Why)
		return m, nil
	case chat.Switch:
		return m, m.change(msg)
	case other:
		if m.chat != nil && m.chat.Asks(msg) {
			return m, nil
		}
		return m, m.leave(func() tea.Msg { return ready{account: session.Account(msg)} })
	case left:
		if msg.err != nil {
			m.told = append(m.told, msg.who+": "+words.Of(msg.err))
		}
		return m.Update(msg.then)
	case ready:
		if m.chat != nil {
			return m, m.leave(func() tea.Msg { return msg })
		}
		m.left = nil
		return m, m.ready(msg)
	}
	return m, m.child(msg)
}

// msgForms asks for the forms once the screen has let go of its files.
type msgForms chat.SignIn

func (m *Model) child(msg tea.Msg) (cmd tea.Cmd) {
	switch {
	case m.chat != nil:
		_, cmd = m.chat.Update(msg)
	case m.signin != nil:
		var s signin.Model
		s, cmd = m.signin.Update(msg)
		m.signin = &s
	}
	return cmd
}

// keep keeps a sign-in. A session that cannot be kept is of no use to anybody: it is ended.
func (m *Model) keep(in api.SignedIn) tea.Cmd {
	server, instead, c := m.cfg.Server, m.instead, m.client.As(in.Token)
	return func() tea.Msg {
		a, err := m.cfg.Keep(server, instead, in)
		if err == nil {
			return ready{account: a}
		}
		ctx, cancel := context.WithTimeout(m.life, signOutWithin)
		defer cancel()
		if left := c.SignOut(ctx); left != nil {
			return ready{err: fmt.Errorf("%w; and the sign-in stays in the list of sessions: %w", err, left)}
		}
		return ready{err: fmt.Errorf("%w; the sign-in is ended again", err)}
	}
}

// left tells that a screen is closed.
type left struct {
	who  string
	err  error // what could not be kept
	then tea.Msg
}

// leave closes the screen and goes on with then. The same profile cannot be
// opened before.
func (m *Model) leave(then tea.Cmd) tea.Cmd {
	if m.chat == nil {
		return then
	}
	end, who := sync.OnceValue(m.chat.Close), m.who
	m.chat, m.left = nil, end
	return func() tea.Msg {
		err := end()
		return left{who, err, then()}
	}
}

// other is an account to go on as, once the screen of this one is left.
type other session.Account

// change goes on as another profile, or lists which there are.
func (m *Model) change(to chat.Switch) tea.Cmd {
	return func() tea.Msg {
		if to.Profile == "" {
			names, err := m.cfg.Profiles()
			return chat.Profiles{Names: names, Err: err}
		}
		a, err := m.cfg.Profile(to.Profile)
		if err != nil {
			return chat.Profiles{Err: err}
		}
		return other(a)
	}
}

// ready goes on with an account.
func (m *Model) ready(r ready) tea.Cmd {
	if r.err != nil {
		m.forms(m.cfg.Server, "", words.Of(r.err))
		return nil
	}
	m.show(r.account)
	init := m.chat.Init()
	_, size := m.chat.Update(m.size)
	return tea.Batch(init, size)
}

// View draws the forms or the screen, in no fewer lines than the terminal has.
func (m *Model) View() string {
	view := ""
	switch {
	case m.chat != nil:
		view = m.chat.View()
	case m.signin != nil:
		view = m.signin.View()
	}
	return view + strings.Repeat("\n", max(m.size.Height-1-strings.Count(view, "\n"), 0))
}
