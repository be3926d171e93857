package chat_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/session"
)

// screen is one of an account whose server does not answer, and its Init's
// commands: to open the session, and the clock.
func screen(t *testing.T, handle string) (m *chat.Model, a session.Account, open, clock tea.Cmd) {
	t.Helper()
	a = session.Account{Server: "http://127.0.0.1:1", Handle: handle, Token: "token", Dir: t.TempDir()}
	life, end := context.WithCancel(t.Context())
	end() // nothing is connected to
	m = chat.New(life, chat.Config{
		Account: a, Keys: keymap.Default(), Location: time.UTC,
		Signals: attention.Signals{Terminal: io.Discard}, Log: slog.New(slog.DiscardHandler),
	})
	m.Update(tea.WindowSizeMsg{Width: 100, Height: 24})
	cmds := m.Init()().(tea.BatchMsg)
	return m, a, cmds[0], cmds[1]
}

// free holds that nobody has a's files open.
func free(t *testing.T, a session.Account) {
	t.Helper()
	s, err := session.Open(t.Context(), a, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Notes) > 0 {
		t.Errorf("its files are not free: %q", s.Notes)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestASessionIsClosedWheneverItsScreenIsLeft(t *testing.T) {
	for when, leave := range map[string]func(m *chat.Model, open tea.Cmd) error{
		"before it is opened": func(m *chat.Model, open tea.Cmd) error {
			err := m.Close()
			if msg := open(); msg != nil {
				t.Errorf("a screen that was left is told %+v", msg)
			}
			return err
		},
		"before that is told": func(m *chat.Model, open tea.Cmd) error {
			open()
			return m.Close()
		},
		"after that": func(m *chat.Model, open tea.Cmd) error {
			m.Update(open())
			return m.Close()
		},
	} {
		m, a, open, _ := screen(t, "ada")
		if err := leave(m, open); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		free(t, a)
	}
}

func TestAScreenTakesNothingOfAnother(t *testing.T) {
	ada, _, open, clock := screen(t, "ada")
	bob, _, _, _ := screen(t, "bob")
	before := bob.View()
	if _, cmd := bob.Update(clock()); cmd != nil {
		t.Error("another's clock goes on")
	}
	bob.Update(open())
	if now := bob.View(); now != before {
		t.Errorf("another's session is taken:\n%s", now)
	}
	for _, m := range []*chat.Model{ada, bob} {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestASessionIsOpenedOnceAtATime(t *testing.T) {
	m, a, open, _ := screen(t, "ada")
	if _, cmd := m.Update(tea.KeyMsg{Type: tea.KeyCtrlR}); cmd != nil {
		t.Error("it is opened twice")
	}
	m.Update(open())
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	free(t, a)
}

func TestAListThatComesLateTakesNoKeysOfWhoIsWriting(t *testing.T) {
	for _, late := range []tea.Msg{
		link.SignIns{Sessions: []api.Session{{Session: api.SessionID{1}, Name: "laptop"}}}, chat.Profiles{Names: []string{"laptop"}},
	} {
		m, _, open, _ := screen(t, "ada")
		m.Update(open())
		m.Update(late)
		if !strings.Contains(ansi.Strip(m.View()), "▸ laptop") {
			t.Errorf("no list:\n%s", ansi.Strip(m.View()))
		}
		m.Update(tea.KeyMsg{Type: tea.KeyEsc})
		m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("ye")})
		m.Update(late)
		m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("s")})
		if s := ansi.Strip(m.View()); !strings.Contains(s, "› yes") || !strings.Contains(s, "a list came while you went on") {
			t.Errorf("not written on:\n%s", s)
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}
}
