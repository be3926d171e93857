package tuitest_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/tui/tuitest"
)

// echo shows the last thing that happened.
type echo struct {
	terminal      io.Writer
	width, height int
	last          string
}

func (e echo) Init() tea.Cmd { return nil }
func (e echo) View() string  { return fmt.Sprintf("%dx%d\nlast: %s", e.width, e.height, e.last) }

func (e echo) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		e.width, e.height = msg.Width, msg.Height
	case tea.KeyMsg:
		e.last = fmt.Sprintf("key %s %v", msg, msg.Paste)
		switch msg.String() {
		case "ctrl+c":
			return e, tea.Quit
		case "alt+b":
			return e, func() tea.Msg {
				fmt.Fprint(e.terminal, "\a\x1b]9;hey\x1b\\\x1b]777;notify;chatctl;you\x1b\\\x1b]52;c;Y29weQ==\x1b\\")
				return "beside"
			}
		}
	case string:
		e.last = msg
		return e, tea.SetWindowTitle("(1) echo")
	case tea.FocusMsg:
		e.last = "focus"
	case tea.BlurMsg:
		e.last = "blur"
	case tea.MouseMsg:
		e.last = fmt.Sprintf("mouse %s", tea.MouseEvent(msg))
	}
	return e, nil
}

func TestAProgramSeesWhatAPersonDoesAndIsSeen(t *testing.T) {
	x := tuitest.Start(t, 40, 5, func(w io.Writer) tea.Model { return echo{terminal: w} })
	x.Await("40x5")
	for _, key := range []string{"a", "enter", "esc", "up", "pgup", "alt+k", "ctrl+x", "shift+tab"} {
		x.Press(key)
		x.Await("last: key " + key + " false")
	}
	x.Burst("jk")
	x.Await("last: key jk false")
	x.Paste("two\nlines")
	x.Await("true")
	x.Focus(false)
	x.Await("last: blur")
	x.Focus(true)
	x.Await("last: focus")
	x.Wheel(3, 1, -1)
	x.Await("wheel up")
	x.Resize(60, 8)
	x.Await("60x8")
	x.Type("界")
	x.Await("last: key 界 false")

	x.Press("alt+b")
	x.AwaitThat("the title", func(string) bool { return x.Title() == "(1) echo" })
	if x.Bells() != 1 || fmt.Sprint(x.Notes()) != "[9;hey 777;notify;chatctl;you]" || x.Clipboard() != "copy" {
		t.Errorf("bells %d, notes %q, clipboard %q", x.Bells(), x.Notes(), x.Clipboard())
	}
	x.Press("ctrl+c")
	if err := x.AwaitEnd(); err != nil {
		t.Error(err)
	}
}
