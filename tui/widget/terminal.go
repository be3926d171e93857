package widget

import (
	"io"
	"strings"

	"github.com/muesli/termenv"
)

// Colours is how many of them a terminal shows.
type Colours int

// The ranges of colours.
const (
	NoColours Colours = iota // bold, underlined and reversed still tell things apart
	Colours16
	Colours256
	TrueColour
)

// Terminal is what a terminal can show.
type Terminal struct {
	Colours Colours
	Light   bool // its background
	Links   bool // it takes OSC 8, or at least hides it
}

// Detect reads from the environment what the terminal behind w can show
// (NO_COLOR, TERM, COLORTERM), and asks it for its background. It may wait for
// that answer: call it before anything else reads from the terminal.
func Detect(w io.Writer, getenv func(string) string) Terminal {
	out := termenv.NewOutput(w, termenv.WithEnvironment(environ(getenv)))
	t := Terminal{Links: getenv("TERM") != "linux" && getenv("TERM") != "dumb"}
	switch out.EnvColorProfile() {
	case termenv.TrueColor:
		t.Colours = TrueColour
	case termenv.ANSI256:
		t.Colours = Colours256
	case termenv.ANSI:
		t.Colours = Colours16
	}
	if t.Colours != NoColours {
		t.Light = !out.HasDarkBackground()
	}
	return t
}

// environ is the part of the environment that terminals are told by.
type environ func(string) string

func (e environ) Getenv(name string) string {
	v := e(name)
	if name != "TERM" || strings.Contains(v, "color") {
		return v
	}
	for _, t := range []string{"screen", "tmux", "rxvt"} { // which termenv takes for terminals without colours
		if strings.HasPrefix(v, t) {
			return v + "-16color"
		}
	}
	return v
}

func (e environ) Environ() []string {
	var list []string
	for _, name := range strings.Fields("TERM COLORTERM TERM_PROGRAM COLORFGBG NO_COLOR CLICOLOR CLICOLOR_FORCE CI GOOGLE_CLOUD_SHELL") {
		if v := e.Getenv(name); v != "" {
			list = append(list, name+"="+v)
		}
	}
	return list
}
