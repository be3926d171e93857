package widget

import (
	"io"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// Theme is the style of each part of a screen. Styles have no width, margin or
// border: what they render is as wide as its text.
type Theme struct {
	Terminal Terminal

	Text    lipgloss.Style // what people read
	Dim     lipgloss.Style // what stands behind: times, hints, rules
	Strong  lipgloss.Style // titles, names without a colour of their own
	Accent  lipgloss.Style // where the person is, and what is new
	Good    lipgloss.Style
	Busy    lipgloss.Style // on its way
	Bad     lipgloss.Style // went wrong
	Bar     lipgloss.Style // the bar with the state, and titles over a list
	Cursor  lipgloss.Style // the chosen row of a list
	Match   lipgloss.Style // found by a search
	Unread  lipgloss.Style // a count of unread messages
	Mention lipgloss.Style // a count of mentions, and the reader's own handle in a text
	Border  lipgloss.Style // of what has not the keys
	Focus   lipgloss.Style // the border of what has them

	Link   lipgloss.Style // in a message: a link,
	Code   lipgloss.Style // code inside a line or in a block,
	Quote  lipgloss.Style // a quotation
	Syntax Syntax         // and the parts of highlighted code

	people []lipgloss.Style
}

// Syntax is the style of the parts of a program.
type Syntax struct {
	Keyword, Name, String, Number, Comment lipgloss.Style
}

// NewTheme makes the theme for a terminal.
func NewTheme(t Terminal) *Theme {
	p := painter{t: t, r: lipgloss.NewRenderer(io.Discard)}
	// Without colours the profile is still one with escapes: NO_COLOR asks for
	// no colour (no-color.org), and what is chosen must be seen.
	p.r.SetColorProfile(termenv.ANSI256)
	if t.Colours == TrueColour {
		p.r.SetColorProfile(termenv.TrueColor)
	}
	plain := p.r.NewStyle()
	th := &Theme{
		Terminal: t,

		Text:    plain,
		Dim:     p.fg(dim),
		Strong:  plain.Bold(true),
		Accent:  p.fg(blue).Bold(true),
		Good:    p.fg(green),
		Busy:    p.fg(yellow),
		Bad:     p.fg(red).Bold(true),
		Bar:     p.on(bar),
		Cursor:  plain.Reverse(true),
		Match:   plain.Reverse(true).Bold(true),
		Unread:  p.fg(blue).Bold(true),
		Mention: p.fg(magenta).Bold(true),
		Border:  p.fg(dim),
		Focus:   p.fg(blue),

		Link:  p.fg(cyan).Underline(true),
		Code:  p.fg(orange),
		Quote: p.fg(dim).Italic(true),
		Syntax: Syntax{
			Keyword: p.fg(magenta),
			Name:    p.fg(blue),
			String:  p.fg(green),
			Number:  p.fg(orange),
			Comment: p.fg(dim).Italic(true),
		},
	}
	if t.Colours == NoColours {
		th.Dim, th.Border, th.Quote = plain.Faint(true), plain.Faint(true), plain.Italic(true)
		th.Bar, th.Focus = plain.Reverse(true), plain.Bold(true)
		th.Code, th.Mention = plain.Bold(true), plain.Bold(true).Underline(true)
		th.Syntax = Syntax{Keyword: plain.Bold(true), Name: plain, String: plain, Number: plain, Comment: plain.Faint(true)}
	}
	for _, s := range p.crowd() {
		th.people = append(th.people, p.fg(s).Bold(true))
	}
	return th
}

// Person is the style of a handle: always the same for the same one.
func (t *Theme) Person(handle string) lipgloss.Style {
	h := uint32(2166136261) // FNV-1a: the same in every run and on every machine
	for i := range len(handle) {
		h = (h ^ uint32(handle[i])) * 16777619
	}
	h ^= h >> 15
	return t.people[h%uint32(len(t.people))]
}
