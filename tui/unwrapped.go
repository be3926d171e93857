package tui

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// terminal is what Bubble Tea takes for one: a file with exactly these methods,
// so that all that it writes goes through Write.
type terminal interface {
	io.ReadWriteCloser
	Fd() uintptr
}

// unwrapped is a terminal that wraps no lines while the full screen is shown.
// Many find a text wider than we do (a skin tone, joined emoji), and a line that
// wraps shifts all below it: with this it loses its end there, and no more.
//
// The cursor stays on the last cell of a full line then, and what Bubble Tea
// erases behind a screen that became lower would begin with that cell. Nothing is
// to be erased: Model's view is as high as the screen.
type unwrapped struct{ terminal }

// Terminal is the terminal itself, for an editor, which would find a pipe here.
func (u unwrapped) Terminal() io.Writer { return u.terminal }

func (u unwrapped) Write(p []byte) (int, error) {
	s := string(p)
	switch s {
	case ansi.SetModeAltScreenSaveCursor:
		s += ansi.ResetModeAutoWrap
	case ansi.ResetModeAltScreenSaveCursor: // to the shell, or to an editor
		s = ansi.SetModeAutoWrap + s
	default:
		s = strings.Replace(s, ansi.EraseScreenBelow, "", 1)
	}
	if _, err := io.WriteString(u.terminal, s); err != nil {
		return 0, err
	}
	return len(p), nil
}
