package tuitest

import (
	"io"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// shell is what the program was started from. It has the terminal while the
// program is suspended, until somebody types fg and enter. The tests' process is
// not stopped: all else is as where it is.
type shell struct {
	in  io.Reader
	out io.Writer
}

func (s *shell) SetStdin(r io.Reader)  { s.in = r }
func (s *shell) SetStdout(w io.Writer) { s.out = w }
func (s *shell) SetStderr(io.Writer)   {}

func (s *shell) Run() error {
	if _, err := io.WriteString(s.out, "Stopped\r\n$ "); err != nil {
		return err
	}
	typed, key := "", make([]byte, 16)
	for {
		n, err := s.in.Read(key)
		if err != nil {
			return err
		}
		if typed += string(key[:n]); strings.HasSuffix(typed, "fg\r") {
			return nil
		}
	}
}

// suspend is the program's filter: it leaves the terminal to the shell where the
// program is to be stopped.
func suspend(_ tea.Model, msg tea.Msg) tea.Msg {
	if _, ok := msg.(tea.SuspendMsg); !ok {
		return msg
	}
	return tea.Exec(&shell{}, func(error) tea.Msg { return tea.ResumeMsg{} })()
}

// Told lists what the terminal tells the program beside keys, because that asked
// for it: a program that has left the screen takes nothing of it along.
func (x *Terminal) Told() (told []string) {
	for _, m := range []struct {
		mode ansi.Mode
		what string
	}{
		{ansi.ModeBracketedPaste, "pastes"}, {ansi.ModeFocusEvent, "the focus"}, {ansi.ModeMouseButtonEvent, "the mouse"},
		{ansi.ModeMouseExtSgr, "the mouse anywhere"}, {ansi.ModeAltScreenSaveCursor, "the other screen"},
	} {
		if x.screen.set(m.mode) {
			told = append(told, m.what)
		}
	}
	return told
}

// Scrawl writes over the program's screen, as another program does that has the
// same terminal.
func (x *Terminal) Scrawl(text string) {
	x.t.Helper()
	if _, err := x.screen.Write([]byte("\x1b7\x1b[3;1H" + text + "\x1b8")); err != nil {
		x.t.Fatal(err)
	}
}
