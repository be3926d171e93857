package chat_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/tui/link"
)

// What the server answers to questions of an account that was left meanwhile
// comes to the screen of the one after it.
func TestAnswersToAnAccountThatWasLeftAreNotTaken(t *testing.T) {
	m, _, open, _ := screen(t, "bob")
	c, err := client.New(client.Config{Server: "http://127.0.0.1:1", Token: "ada's"})
	if err != nil {
		t.Fatal(err)
	}
	life, end := context.WithCancel(t.Context())
	end() // nothing is connected to
	left := link.Open(life, c, outbox.Memory(), slog.New(slog.DiscardHandler))
	answers := []tea.Msg{
		link.Blocked{Blocks: []api.Block{{Handle: "eve", Active: true}}}, link.Blocked{Err: errors.New("cut")},
		link.Own{Me: api.Me{Handle: "ada"}}, link.SignIns{Err: errors.New("cut")}, link.Exported{Path: "ada.json"},
		link.Unkept{Err: errors.New("full")}, link.Dropped{},
	}
	before := m.View()
	for _, opened := range []bool{false, true} {
		if opened {
			m.Update(open())
			before = m.View()
		}
		for _, msg := range answers {
			m.Update(link.Answer{Link: left, Msg: msg})
			if now := m.View(); now != before {
				t.Errorf("after %+v, opened %v:\n%s", msg, opened, ansi.Strip(now))
			}
		}
	}
	if !strings.Contains(before, "Welcome, @bob") {
		t.Errorf("the screen is not bob's:\n%s", ansi.Strip(before))
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}
