// Package tuitest is a person at a terminal, for tests: it runs a Bubble Tea
// program on an emulated screen, presses keys, types, pastes, looks away and
// back, and reads what the screen shows.
//
// The program gets bytes and gives bytes, as from a real terminal, so that key
// sequences, wrapping and escapes are tested as they are. Nothing sleeps: Await
// looks again each time that something was written. A Terminal is used by the
// test's goroutine alone.
package tuitest

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// patience is how long Await waits for a screen. It only ends tests that fail, and
// is above the longest time after which a client tries again (30 s).
const patience = time.Minute

// Terminal is one emulated terminal with a program in it.
type Terminal struct {
	t       *testing.T
	screen  *screen
	program *tea.Program
	keys    io.WriteCloser
	ended   chan struct{}
	err     error // of the program, after ended
}

// Start runs the program that build makes, on a screen of so many cells, until
// it quits or the test ends. build gets the terminal, for what a program writes
// beside its view (the bell, notifications, the clipboard). A model that is an
// io.Closer is closed when its program has ended, before AwaitEnd returns.
func Start(t *testing.T, width, height int, build func(terminal io.Writer) tea.Model) *Terminal {
	t.Helper()
	in, keys, err := input()
	if err != nil {
		t.Fatal(err)
	}
	x := &Terminal{t: t, screen: newScreen(width, height), keys: keys, ended: make(chan struct{})}
	model := build(x.screen)
	x.program = tea.NewProgram(model, tea.WithInput(in), tea.WithOutput(x.screen),
		tea.WithAltScreen(), tea.WithReportFocus(), tea.WithMouseCellMotion(), tea.WithFPS(120), tea.WithoutSignals(), tea.WithFilter(suspend))
	go func() {
		defer close(x.ended)
		_, x.err = x.program.Run()
		in.Close() // keys pressed after the end go nowhere
		if c, ok := model.(io.Closer); ok {
			x.err = errors.Join(x.err, c.Close())
		}
	}()
	t.Cleanup(func() {
		x.program.Quit()
		if err := x.AwaitEnd(); err != nil {
			t.Error(err)
		}
		keys.Close()
		x.screen.close()
	})
	x.program.Send(tea.WindowSizeMsg{Width: width, Height: height})
	return x
}

// Resize changes the screen's size.
func (x *Terminal) Resize(width, height int) {
	x.screen.resize(width, height)
	x.program.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// Screen is what the screen shows, line by line, without trailing blanks.
func (x *Terminal) Screen() string { return x.screen.text() }

// Line is the first line of the screen that holds part, or "".
func (x *Terminal) Line(part string) string {
	for line := range strings.Lines(x.Screen()) {
		if strings.Contains(line, part) {
			return strings.TrimRight(line, "\n")
		}
	}
	return ""
}

// Title is the window's title.
func (x *Terminal) Title() string { return x.screen.get().title }

// Bells is how often the bell rang.
func (x *Terminal) Bells() int { return x.screen.get().bells }

// Notes are the notifications (OSC 9, OSC 777) so far.
func (x *Terminal) Notes() []string { return x.screen.get().notes }

// Clipboard is what was copied last (OSC 52).
func (x *Terminal) Clipboard() string { return x.screen.get().clipboard }

// Await waits until the screen shows all of parts at once, or fails the test.
func (x *Terminal) Await(parts ...string) {
	x.t.Helper()
	x.AwaitThat(strings.Join(parts, " … "), func(s string) bool {
		for _, part := range parts {
			if !strings.Contains(s, part) {
				return false
			}
		}
		return true
	})
}

// AwaitGone waits until the screen shows none of parts, or fails the test.
func (x *Terminal) AwaitGone(parts ...string) {
	x.t.Helper()
	x.AwaitThat("no "+strings.Join(parts, ", no "), func(s string) bool {
		for _, part := range parts {
			if strings.Contains(s, part) {
				return false
			}
		}
		return true
	})
}

// AwaitThat waits until ok, which gets the screen, is true. It is asked again
// whenever the program wrote something. what names it where the test fails.
func (x *Terminal) AwaitThat(what string, ok func(screen string) bool) {
	x.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		changed := x.screen.get().changed
		if ok(x.Screen()) {
			return
		}
		select {
		case <-changed:
		case <-x.ended:
			if !ok(x.Screen()) {
				x.t.Fatalf("the program ended (%v) and the screen does not show %s:\n%s", x.err, what, x.Screen())
			}
			return
		case <-late.C:
			x.t.Fatalf("after %v the screen does not show %s:\n%s", patience, what, x.Screen())
		}
	}
}

// AwaitEnd waits until the program has ended and returns its error.
func (x *Terminal) AwaitEnd() error {
	x.t.Helper()
	select {
	case <-x.ended:
	case <-time.After(patience):
		x.program.Kill()
		x.t.Errorf("the program did not end; the screen:\n%s", x.Screen())
		<-x.ended
	}
	return x.err
}
