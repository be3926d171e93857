package tuitest

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// sequences are what an xterm sends for keys that are no character.
var sequences = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "esc": "\x1b", "backspace": "\x7f", "space": " ",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~", "delete": "\x1b[3~",
	"ctrl+up": "\x1b[1;5A", "ctrl+down": "\x1b[1;5B", "ctrl+home": "\x1b[1;5H", "ctrl+end": "\x1b[1;5F",
	"ctrl+left": "\x1b[1;5D", "ctrl+right": "\x1b[1;5C", "alt+left": "\x1b[1;3D", "alt+right": "\x1b[1;3C",
	"shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B", "alt+end": "\x1b[1;3F",
	"alt+enter": "\x1b\r", "alt+up": "\x1b[1;3A", "alt+down": "\x1b[1;3B", "f1": "\x1bOP",
}

// Press presses keys one after the other: single characters, or names as Bubble
// Tea writes them (enter, esc, up, pgup, ctrl+x, alt+k).
func (x *Terminal) Press(keys ...string) {
	x.t.Helper()
	for _, key := range keys {
		x.send(x.bytes(key))
	}
}

func (x *Terminal) bytes(key string) string {
	x.t.Helper()
	if s, ok := sequences[key]; ok {
		return s
	}
	if rest, ok := strings.CutPrefix(key, "alt+"); ok {
		return "\x1b" + x.bytes(rest)
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok && len(rest) == 1 {
		return string(rest[0] & 0x1f)
	}
	if len([]rune(key)) != 1 {
		x.t.Fatalf("there is no key %q", key)
	}
	return key
}

// Type types text, a key after the other; a newline is the enter key.
func (x *Terminal) Type(text string) {
	x.t.Helper()
	for _, r := range text {
		if r == '\n' {
			r = '\r'
		}
		x.send(string(r))
	}
}

// Burst types text so fast, or over so slow a line, that it is read at once.
func (x *Terminal) Burst(text string) {
	x.t.Helper()
	x.send(text)
}

// Paste pastes text, as terminals do that were asked to say so (bracketed paste).
func (x *Terminal) Paste(text string) {
	x.t.Helper()
	x.asked(ansi.ModeBracketedPaste, "pasted text is marked")
	x.send("\x1b[200~" + text + "\x1b[201~")
}

// Focus tells the program that the terminal's window got the focus, or lost it.
func (x *Terminal) Focus(in bool) {
	x.t.Helper()
	x.asked(ansi.ModeFocusEvent, "the focus is told")
	if in {
		x.send("\x1b[I")
	} else {
		x.send("\x1b[O")
	}
}

// Wheel turns the mouse's wheel by so many steps over a cell; up is negative.
func (x *Terminal) Wheel(column, row, steps int) {
	x.t.Helper()
	x.asked(ansi.ModeMouseButtonEvent, "the mouse is told")
	x.asked(ansi.ModeMouseExtSgr, "the mouse is told anywhere")
	button := 65
	if steps < 0 {
		button, steps = 64, -steps
	}
	for range steps {
		x.send(fmt.Sprintf("\x1b[<%d;%d;%dM", button, column+1, row+1))
	}
}

// asked waits until the program has asked that something is done, which a
// terminal does only then, or fails the test.
func (x *Terminal) asked(mode ansi.Mode, what string) {
	x.t.Helper()
	x.AwaitThat("that it was asked that "+what, func(string) bool { return x.screen.set(mode) })
}

// send gives the program some bytes at once.
func (x *Terminal) send(bytes string) {
	x.t.Helper()
	if _, err := x.keys.Write([]byte(bytes)); err != nil {
		x.t.Fatalf("pressing %q: the program has ended (%v):\n%s", bytes, x.err, x.Screen())
	}
}
