// Package layout says which part of the screen goes where: the list of
// conversations at the side, the heading, the thread, the composer, and below
// them the bar, with a note above it that has no room in it. It is pure.
package layout

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

const (
	// leastWidth and leastHeight are the smallest screen that can be used.
	leastWidth, leastHeight = 30, 8
)

// RailFrom is from which width on the list of conversations is shown.
const RailFrom = 64

// Places are the sizes of the parts.
type Places struct {
	Rail, Main       int // cells; Rail is 0 where the list is not shown
	Body             int // lines above the note and the bar
	Thread, Composer int // lines
}

// MostNote is the lines that a note has at most: on the smallest screen the
// thread still has one.
const MostNote = 3

// Of divides a screen on which the composer and the note have so many lines.
func Of(width, height, composer, note int, rail bool) Places {
	p := Places{Main: width, Body: height - 1 - note, Composer: max(composer, 1)}
	if width >= RailFrom && rail {
		p.Rail = min(max(width/4, 20), 36)
		p.Main = width - p.Rail - 1
	}
	p.Thread = max(p.Body-2-p.Composer, 0) // the heading and the rule
	return p
}

// Parts are the parts as they are drawn.
type Parts struct {
	Rail     string // Body lines of Rail cells; not used where there is none
	Edge     string // one cell, between Rail and the rest
	Heading  string
	Thread   []string
	Popup    []string // over the last lines of Thread
	Rule     string
	Composer string
	Note     []string // none: it is in the bar
	Bar      string
}

// Join is the screen.
func (p Places) Join(parts Parts) string {
	lines := make([]string, 0, p.Body+len(parts.Note)+1)
	lines = append(append(lines, parts.Heading), parts.Thread...)
	copy(lines[max(len(lines)-len(parts.Popup), 0):], parts.Popup)
	lines = append(append(lines, parts.Rule), strings.Split(parts.Composer, "\n")...)
	for len(lines) < p.Body {
		lines = append(lines, "")
	}
	lines = lines[:p.Body]
	if p.Rail > 0 {
		for i, row := range strings.Split(parts.Rail, "\n") {
			lines[i] = row + parts.Edge + lines[i]
		}
	}
	return strings.Join(append(append(lines, parts.Note...), parts.Bar), "\n")
}

// Erased has each line erased before it is drawn which a terminal may find
// narrower than we do, as many do an emoji of several characters: else the end of
// what was there before would be left behind it. Behind the line it would be too
// late, since on a full one the cursor stands on the last cell.
func Erased(screen string) string {
	const joiner, emoji = "\u200d", "\ufe0f"
	lines := strings.Split(screen, "\n")
	for i, l := range lines {
		if strings.Contains(l, joiner) || strings.Contains(l, emoji) {
			lines[i] = ansi.EraseLineRight + l
		}
	}
	return strings.Join(lines, "\n")
}

// Small is what a screen says that is too small for the rest, "" where it is not.
func Small(width, height int) string {
	if width >= leastWidth && height >= leastHeight {
		return ""
	}
	words := fmt.Sprintf("%d×%d is too small: make it %d×%d. Nothing is lost.", width, height, leastWidth, leastHeight)
	lines := strings.Split(ansi.Wrap(words, max(width, 1), " "), "\n")
	return strings.Join(lines[:min(len(lines), max(height, 1))], "\n")
}
