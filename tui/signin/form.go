package signin

import (
	"errors"
	"fmt"
	"net/mail"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget/field"

	tea "github.com/charmbracelet/bubbletea"
)

// step is which form it is.
type step int

const (
	logIn  step = iota
	signUp      // make an account
	verify      // confirm the address with a code
	forgot      // ask for a code for a new password
	reset       // set it
	claim       // become the first administrator
)

// form is the fields of a step and the links below them.
type form struct {
	step   step
	title  string
	does   string // what accepting the last field does
	fields []entry
	links  []link
	at     int // the focused one, links after fields
}

type entry struct {
	name  string // as the server's problems point to it
	label string
	field.Field
	check func(string) error
}

type link struct {
	label string
	to    step
	again bool // asks for another letter instead
}

func (f *form) move(by int) {
	n := len(f.fields) + len(f.links)
	f.at = (f.at + n + by) % n
}

func (f *form) press(a keymap.Action, key tea.KeyMsg) bool {
	return f.at < len(f.fields) && f.fields[f.at].Press(a, key)
}

// link is the focused link.
func (f *form) link() (link, bool) {
	if f.at < len(f.fields) {
		return link{}, false
	}
	return f.links[f.at-len(f.fields)], true
}

func (f *form) text(name string) string {
	for _, e := range f.fields {
		if e.name == name {
			return e.Text()
		}
	}
	return ""
}

// check is the first field with something wrong in it.
func (f *form) check() (at int, wrong error) {
	for i, e := range f.fields {
		if e.check == nil {
			continue
		}
		if err := e.check(e.Text()); err != nil {
			return i, fmt.Errorf("%s: %w", e.label, err)
		}
	}
	return 0, nil
}

// point focuses the field of that name.
func (f *form) point(name string) {
	for i, e := range f.fields {
		if "/"+e.name == name {
			f.at = i
		}
	}
}

func (m Model) logIn() form {
	return begun(form{
		step: logIn, title: "Log in", does: "log in",
		fields: []entry{
			line("handle", "Handle", m.handle, handle),
			secret("password", "Password", nil),
		},
		links: []link{
			{label: "make an account", to: signUp},
			{label: "I forgot my password", to: forgot},
			{label: "I have a code for a new account", to: verify},
		},
	})
}

func (m Model) signUp() form {
	f := form{
		step: signUp, title: "Make an account", does: "make the account",
		fields: []entry{
			line("handle", "Handle", m.handle, handle),
			line("email", "E-mail", m.email, address),
			line("display_name", "Name, or empty", "", name),
			secret("password", "Password", password),
			secret("again", "The same again", nil),
			line("invite", "Invite, or empty", "", nil),
			line("token", "Server's token, or empty", m.token, nil),
		},
		links: []link{{label: "I have an account", to: logIn}},
	}
	return begun(f)
}

func (m Model) verify() form {
	return begun(form{
		step: verify, title: "Confirm your address", does: "confirm and sign in",
		fields: []entry{
			line("email", "E-mail", m.email, address),
			line("code", "Code from the letter", "", digits),
		},
		links: []link{{label: "send another letter", again: true}, {label: "log in instead", to: logIn}},
	})
}

func (m Model) forgot() form {
	return begun(form{
		step: forgot, title: "Ask for a new password", does: "send a letter with a code",
		fields: []entry{line("email", "E-mail", m.email, address)},
		links:  []link{{label: "log in instead", to: logIn}},
	})
}

func (m Model) reset() form {
	return begun(form{
		step: reset, title: "Set a new password", does: "set it and sign in",
		fields: []entry{
			line("email", "E-mail", m.email, address),
			line("code", "Code from the letter", "", digits),
			secret("password", "New password", password),
			secret("again", "The same again", nil),
		},
		links: []link{{label: "send another letter", to: forgot}, {label: "log in instead", to: logIn}},
	})
}

func (m Model) claim() form {
	return begun(form{
		step: claim, title: "Become the first administrator", does: "take the token",
		fields: []entry{line("token", "Server's token", m.token, some)},
	})
}

// begun focuses the first field where something is missing.
func begun(f form) form {
	for i, e := range f.fields {
		if e.Text() == "" {
			f.at = i
			break
		}
	}
	return f
}

func line(name, label, value string, check func(string) error) entry {
	e := entry{name: name, label: label, Field: field.New(400), check: check}
	e.Set(value)
	return e
}

func secret(name, label string, check func(string) error) entry {
	return entry{name: name, label: label, Field: field.Secret(api.MaxPassword), check: check}
}

func handle(s string) error { return text.Handle(s) }

func address(s string) error {
	if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
		return errors.New("it looks like ada@example.org")
	}
	return nil
}

func name(s string) error {
	if s == "" {
		return nil
	}
	return text.Name(s, api.MaxName)
}

func password(s string) error {
	if len(s) < api.MinPassword {
		return fmt.Errorf("at least %d bytes", api.MinPassword)
	}
	return nil
}

func digits(s string) error {
	n := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r != ' ':
			n = -len(s)
		}
	}
	if n != 8 {
		return errors.New("it is eight digits")
	}
	return nil
}

func some(s string) error {
	if s == "" {
		return errors.New("it is missing")
	}
	return nil
}
