package signin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/tui/words"

	tea "github.com/charmbracelet/bubbletea"
)

// patience is how long an answer of the server is waited for.
const patience = 20 * time.Second

// answered is the answer to a question.
type answered struct {
	number  int
	step    step
	session api.SignedIn
	waiting code
	code    string // fetched from the mailbox
	fetched bool   // it is the mailbox that answered
	err     error
}

// ask asks the server in a command. busy is what people are told meanwhile.
func (m Model) ask(busy string, question func(context.Context) answered) (Model, tea.Cmd) {
	ctx, cancel := context.WithTimeout(m.ctx, patience)
	m.asked++
	m.busy, m.cancel = busy, cancel
	number, step := m.asked, m.form.step
	return m, func() tea.Msg {
		defer cancel()
		a := question(ctx)
		a.number, a.step = number, step
		return a
	}
}

// stop ends the question that is open; its answer does not count any more.
func (m *Model) stop() {
	if m.cancel != nil {
		m.cancel()
	}
	m.busy, m.cancel = "", nil
	m.asked++
}

// send does what the form is for.
func (m Model) send() (Model, tea.Cmd) {
	c, f := m.cfg.Client, m.form
	m.email = either(f.text("email"), m.email)
	m.handle = either(f.text("handle"), m.handle)
	email, code, password := m.email, strings.ReplaceAll(f.text("code"), " ", ""), f.text("password")
	if f.step == signUp || f.step == reset {
		if password != f.text("again") {
			m.form.point("/again")
			m.problem = "the two passwords differ"
			return m, nil
		}
	}
	switch f.step {
	case signUp:
		return m.makeAccount()
	case verify:
		return m.ask("confirming", func(ctx context.Context) (a answered) {
			a.session, a.err = c.Verify(ctx, email, code)
			return a
		})
	case forgot:
		return m.letter(c.Forgot)
	case reset:
		return m.ask("setting the password", func(ctx context.Context) (a answered) {
			a.session, a.err = c.Reset(ctx, email, code, password)
			return a
		})
	case claim:
		m.token = f.text("token")
		return m.become()
	}
	handle, device := m.handle, m.cfg.Device
	return m.ask("logging in", func(ctx context.Context) (a answered) {
		a.session, a.err = c.SignIn(ctx, handle, password, device)
		return a
	})
}

func (m Model) makeAccount() (Model, tea.Cmd) {
	f := m.form
	m.token = strings.TrimSpace(f.text("token"))
	account := client.NewAccount{
		Handle: m.handle, Email: m.email, Password: f.text("password"),
		DisplayName: strings.TrimSpace(f.text("display_name")), Invite: strings.TrimSpace(f.text("invite")),
	}
	return m.letter(func(ctx context.Context, _ string) error { return m.cfg.Client.SignUp(ctx, account) })
}

// letter asks for something that the server answers with a letter. The mailbox
// is opened before, so that no older letter is taken for it.
func (m Model) letter(ask func(ctx context.Context, email string) error) (Model, tea.Cmd) {
	email, mailbox := m.email, m.cfg.Mailbox
	return m.ask("asking the server", func(ctx context.Context) (a answered) {
		if mailbox != nil {
			a.waiting = mailbox(ctx, email)
		}
		a.err = ask(ctx, email)
		return a
	})
}

func (m Model) become() (Model, tea.Cmd) {
	c, token := m.cfg.Client.As(m.session.Token), m.token
	return m.ask("taking the token", func(ctx context.Context) (a answered) {
		a.err = c.BecomeFirst(ctx, token)
		return a
	})
}

// fetch waits for the code in the mailbox.
func (m Model) fetch(waiting code) (Model, tea.Cmd) {
	if waiting == nil {
		m.notice = "a letter with a code is on its way to " + m.email
		return m, nil
	}
	return m.ask("fetching the code from the development mailbox", func(ctx context.Context) (a answered) {
		a.fetched = true
		a.code, a.err = waiting(ctx)
		return a
	})
}

// answer goes on with an answer.
func (m Model) answer(a answered) (Model, tea.Cmd) {
	switch {
	case a.fetched:
		return m.fetched(a)
	case a.err != nil:
		return m.refused(a.err), nil
	case a.step == signUp, a.step == verify && a.session.Token == "": // a letter is on its way
		m.form = m.verify()
		return m.fetch(a.waiting)
	case a.step == forgot:
		m.form = m.reset()
		return m.fetch(a.waiting)
	case a.step == claim:
		return m, say(Done{m.session})
	}
	m.session = a.session
	if m.token == "" {
		m.form = m.logIn() // forgets what was written
		return m, say(Done{a.session})
	}
	m.form = m.claim()
	return m.become()
}

// fetched takes the code from the mailbox, and confirms the address with it.
func (m Model) fetched(a answered) (Model, tea.Cmd) {
	if a.err != nil || a.code == "" {
		m.notice = "a letter with a code is on its way to " + m.email
		return m, nil
	}
	for i := range m.form.fields {
		if m.form.fields[i].name == "code" {
			m.form.fields[i].Set(a.code)
			m.form.at = i
		}
	}
	m.notice = "the code is from the development mailbox"
	if m.form.step == verify {
		return m.send()
	}
	m.form = begun(m.form)
	return m, nil
}

// refused tells why, in words, and where.
func (m Model) refused(err error) Model {
	var p *api.Problem
	var op *net.OpError
	switch {
	case errors.As(err, &p) && p.Code != "":
		m.problem = p.Error()
		m.form.point(p.Pointer)
		if p.Code == "handle_taken" {
			m.form.point("/handle")
		}
		if p.Code == "bad_code" {
			m.form.point("/code")
		}
		if m.form.step == claim {
			m.problem += "; esc goes on without it"
		}
	case errors.As(err, &op):
		m.problem = fmt.Sprintf("%s; is a server running at %s? enter tries again", words.Of(err), m.cfg.Server)
	default:
		m.problem = words.Of(err) + "; enter tries again"
	}
	return m
}

// follow goes to another form, or asks for another letter.
func (m Model) follow(l link) (Model, tea.Cmd) {
	m.problem, m.notice = "", ""
	m.email = either(m.form.text("email"), m.email)
	m.handle = either(m.form.text("handle"), m.handle)
	if l.again {
		if err := address(m.email); err != nil {
			m.form.at, m.problem = 0, err.Error()
			return m, nil
		}
		return m.letter(m.cfg.Client.Resend)
	}
	switch l.to {
	case signUp:
		m.form = m.signUp()
	case verify:
		m.form = m.verify()
	case forgot:
		m.form = m.forgot()
	default:
		m.form = m.logIn()
	}
	return m, nil
}

// either is a, or b where a is empty.
func either(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
