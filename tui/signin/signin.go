package signin

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Config is what the forms are given.
type Config struct {
	Client *client.Client // of the server, without a session
	Server string         // how people call it
	Device string         // how the list of sessions calls this one
	Handle string         // stands in the form at first
	Why    string         // why there is no session, where people should know: "the session has ended"
	Keys   *keymap.Map
	Theme  *widget.Theme
	// Mailbox is called before a code is asked for; what it returns then waits for
	// the letter and takes the code out of it, "" when none comes. Nil, or nil in
	// return, means that people read their mail.
	Mailbox func(ctx context.Context, email string) func(context.Context) (string, error)
}

// What the forms tell the root, as messages.
type (
	// Done is a new session.
	Done struct{ Session api.SignedIn }
	// Leave is the wish to end.
	Leave struct{}
)

// Model is the forms.
type Model struct {
	ctx  context.Context // of all commands, which take none: the program's
	cfg  Config
	keys keymap.Keys

	form    form
	handle  string // what is known of the person, from one form to the next
	email   string
	token   string             // that makes the account administrator
	session api.SignedIn       // signed in, and not yet administrator
	asked   int                // the number of the question that is open
	busy    string             // what is being done, "" for nothing
	cancel  context.CancelFunc // ends it
	problem string
	notice  string

	width, height int
}

// code waits for the code of the letter that is on its way.
type code func(context.Context) (string, error)

// New returns the form to log in. What it asks the server ends with ctx.
func New(ctx context.Context, cfg Config) Model {
	m := Model{ctx: ctx, cfg: cfg, keys: cfg.Keys.Keys(), handle: cfg.Handle, notice: cfg.Why, width: 80, height: 24}
	m.form = m.logIn()
	return m
}

// Resize gives the forms a screen.
func (m Model) Resize(width, height int) Model {
	m.width, m.height = max(1, width), max(1, height)
	return m
}

// Update takes a key, or one of the forms' own messages.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return m.press(msg)
	case answered:
		if msg.number == m.asked {
			m.stop()
			return m.answer(msg)
		}
	}
	return m, nil
}

func (m Model) press(key tea.KeyMsg) (Model, tea.Cmd) {
	a := m.keys.Press(key, keymap.Dialog, keymap.Composer)
	if m.busy != "" {
		if a == keymap.Dismiss {
			m.stop()
			m.problem = "given up; it may have been done all the same"
		}
		return m, nil
	}
	switch a {
	case keymap.NextField:
		m.form.move(1)
	case keymap.PrevField:
		m.form.move(-1)
	case keymap.Dismiss:
		return m.back()
	case keymap.Accept:
		return m.accept()
	default:
		if m.form.press(a, key) {
			m.problem = ""
		}
	}
	return m, nil
}

// accept follows a link, goes to the next field, or sends the form.
func (m Model) accept() (Model, tea.Cmd) {
	if l, ok := m.form.link(); ok {
		return m.follow(l)
	}
	if m.form.at < len(m.form.fields)-1 {
		m.form.move(1)
		return m, nil
	}
	if at, wrong := m.form.check(); wrong != nil {
		m.form.at, m.problem = at, wrong.Error()
		return m, nil
	}
	m.problem, m.notice = "", ""
	return m.send()
}

// back goes to the form to log in, and from there out.
func (m Model) back() (Model, tea.Cmd) {
	m.problem, m.notice = "", ""
	switch m.form.step {
	case logIn:
		return m, say(Leave{})
	case claim:
		return m, say(Done{m.session})
	}
	m.form = m.logIn()
	return m, nil
}

func say(msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
