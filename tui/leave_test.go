package tui_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/session"
)

// A program that ends waits for no command, so not for the one that closes the
// screen which is being left.
func TestAScreenThatIsBeingLeftIsClosedAtTheEnd(t *testing.T) {
	a := session.Account{Server: "http://127.0.0.1:1", Handle: "ada", Token: "token", Dir: t.TempDir()}
	life, end := context.WithCancel(t.Context())
	end() // nothing is connected to
	m := tui.New(life, tui.Config{Account: &a, Chat: chat.Config{
		Keys: keymap.Default(), Location: time.UTC, Signals: attention.Signals{Terminal: io.Discard}, Log: slog.New(slog.DiscardHandler),
	}})
	m.Update(m.Init()().(tea.BatchMsg)[0]())
	if _, leave := m.Update(chat.SignIn{Account: a}); leave == nil {
		t.Fatal("nothing closes the screen")
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := session.Open(t.Context(), a, slog.New(slog.DiscardHandler))
	if err != nil || len(s.Notes) > 0 {
		t.Fatalf("its files are not free: %q, %v", s.Notes, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
