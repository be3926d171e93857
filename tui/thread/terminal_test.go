package thread_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/tuitest"
)

// alone is a program that has nothing but a thread.
type alone struct{ *talk }

func (a alone) Init() tea.Cmd { return nil }

func (a alone) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		a.Model = a.SetSize(msg.Width, msg.Height)
	case tea.KeyMsg:
		if a.Searching() {
			a.Model, _ = a.Write(map[string]keymap.Action{"enter": keymap.Accept}[msg.String()], msg)
			break
		}
		a.Model, _ = a.Do(map[string]keymap.Action{"up": keymap.SelectUp, "/": keymap.Search, "pgup": keymap.PageUp, "end": keymap.Present}[msg.String()])
	case tea.MouseMsg:
		a.Model, _ = a.Model.Update(msg)
	}
	return a, nil
}

func (a alone) View() string { return a.Model.View() }

func TestHostileMessagesLeaveTheTerminalAlone(t *testing.T) {
	x := begin(t, 60, 20)
	p := api.Page{Next: 1}
	for seq, s := range []string{"\x1b]0;owned\x07", "\x07\x07", "\x1b]52;c;b3duZWQ=\x07", "\x1b]9;note\x07", "\x1b]777;notify;a;b\x07", "\x1b[2J\x1b[H", "\x1bc", "\x1b[?1049l", "\u009b2J",
		"[\x1b]0;owned\x07](https://x\x1b]0;owned\x07)", "https://x.org/\x1b]0;owned\x07", "```\x1b]0;owned\x07\n\x1b]0;owned\x07\n```", "the last"} {
		p.Entries = append(p.Entries, message(int64(seq+1), bob, s))
	}
	x.history(p)
	term := tuitest.Start(t, 60, 20, func(io.Writer) tea.Model { return alone{x} })
	term.Await("the last", "␛[2J␛[H", "␛c")
	if term.Title() != "" || term.Bells() != 0 || term.Clipboard() != "" || len(term.Notes()) != 0 {
		t.Errorf("title %q, %d bells, clipboard %q, notes %q", term.Title(), term.Bells(), term.Clipboard(), term.Notes())
	}
}

func TestAThreadOnARealScreen(t *testing.T) {
	x := begin(t, 80, 24)
	x.history(page(1, 99, false))
	x.arrive(message(100, bob, "日本語 👩‍👩‍👧 שלום"))
	term := tuitest.Start(t, 80, 24, func(io.Writer) tea.Model { return alone{x} })
	term.Await("日本語", "text 99")
	term.Press("up", "up")
	term.Await("▌ text 99")
	term.Type("/text 5")
	term.Await("/text 5")
	term.Press("enter")
	term.Await("▌ text 59")
	term.Wheel(5, 5, -2)
	term.Resize(40, 12)
	term.Await("more below")
	term.Press("end")
	term.Await("日本語")
}

func TestAMessageTakesTheScreenForNoLongerThanAHundredLines(t *testing.T) {
	x := begin(t, 60, 10)
	x.history(api.Page{Next: 1, Entries: []api.Entry{message(1, bob, strings.Repeat("\n", 30)+"a"+strings.Repeat("\nb", 4000)+strings.Repeat("\n", 90))}})
	x.has(fmt.Sprintf("· %d more lines; the raw view has them all", 3901))
}
