package widget

import (
	"strconv"

	"github.com/charmbracelet/lipgloss"
)

// shade is one colour of the theme: for terminals of 16 colours, and as a number
// of xterm's 256, which are the same everywhere from 16 on, for dark and for
// light backgrounds.
type shade struct{ dark16, light16, dark, light int }

var (
	dim     = shade{8, 8, 245, 243}
	red     = shade{9, 1, 210, 124}
	green   = shade{10, 2, 114, 28}
	yellow  = shade{11, 3, 221, 94}
	blue    = shade{12, 4, 111, 25}
	magenta = shade{13, 5, 213, 127}
	cyan    = shade{14, 6, 80, 24}
	orange  = shade{3, 3, 215, 130}
	bar     = shade{0, 7, 236, 254} // a background
)

// people16 are the colours of handles where there are 16: neither red, which
// means that something went wrong, nor grey.
var people16 = []shade{
	{dark16: 10, light16: 2}, {dark16: 11, light16: 3}, {dark16: 12, light16: 4},
	{dark16: 13, light16: 5}, {dark16: 14, light16: 6}, {dark16: 2, light16: 2},
	{dark16: 3, light16: 3}, {dark16: 5, light16: 5}, {dark16: 6, light16: 6},
}

// people256 are those where there are more: the hues of the colour cube that are
// easily read on the background (a test holds their contrast).
var people256 = []shade{
	{dark: 39, light: 26}, {dark: 45, light: 30}, {dark: 48, light: 28}, {dark: 75, light: 62},
	{dark: 78, light: 29}, {dark: 84, light: 22}, {dark: 99, light: 55}, {dark: 110, light: 60},
	{dark: 118, light: 64}, {dark: 135, light: 92}, {dark: 141, light: 97}, {dark: 149, light: 58},
	{dark: 170, light: 90}, {dark: 173, light: 95}, {dark: 177, light: 128}, {dark: 179, light: 94},
	{dark: 180, light: 130}, {dark: 186, light: 59}, {dark: 205, light: 162}, {dark: 208, light: 131},
	{dark: 214, light: 125}, {dark: 216, light: 132}, {dark: 219, light: 133}, {dark: 222, light: 65},
}

// painter makes styles for one terminal.
type painter struct {
	t Terminal
	r *lipgloss.Renderer
}

func (p painter) colour(s shade) lipgloss.TerminalColor {
	n := s.dark
	switch {
	case p.t.Colours == NoColours:
		return lipgloss.NoColor{}
	case p.t.Colours == Colours16 && p.t.Light:
		n = s.light16
	case p.t.Colours == Colours16:
		n = s.dark16
	case p.t.Light:
		n = s.light
	}
	return lipgloss.Color(strconv.Itoa(n))
}

func (p painter) fg(s shade) lipgloss.Style { return p.r.NewStyle().Foreground(p.colour(s)) }
func (p painter) on(s shade) lipgloss.Style { return p.r.NewStyle().Background(p.colour(s)) }

func (p painter) crowd() []shade {
	if p.t.Colours <= Colours16 {
		return people16
	}
	return people256
}
