// Package render draws what stands in a conversation, one entry or one message
// that has no place yet at a time, as lines of a screen.
//
// It is told how each stands among the others and what it answers, so that its
// caller can keep the lines as long as nothing of that changes. It promises that
// no line is wider than the pen, and at least one line for all that is said.
// Strangers' text passes markup or text.Clip. A Pen may be used concurrently.
package render

import (
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/api/text/act"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread/journal"
	"github.com/chatctl/chatctl/tui/thread/people"
	"github.com/chatctl/chatctl/tui/widget"
)

const (
	indent = 2 // cells before a message, for the sign that it is chosen
	gutter = 3 // and behind it, for its mark

	mostLines = 100 // of a message: nobody takes the screen for longer
)

// Pen is whom it is drawn for, and how.
type Pen struct {
	Theme    *widget.Theme
	Markup   *markup.Renderer
	Location *time.Location
	People   *people.People
	Width    int
	Find     string // a text to mark where it is said; "": none
}

// As is how an entry stands among the others.
type As struct {
	Day, New bool // the first of a day, of what is new
	Author   bool // who wrote it stands above it
	Spaced   bool // with a line between it and what is before
	Chosen   bool

	Mark            people.Mark
	Last            bool // the reader's own last message: its mark is told in words
	Readers, Others int  // Last: how many of how many have read it
}

// Entry draws an entry; root is what it replies to, nil where that is not known.
func (p Pen) Entry(it, root *journal.Item, as As) []string {
	lines := []string{}
	if as.Day {
		lines = append(lines, p.rule(p.Day(it.Time), p.Theme.Dim))
	}
	if as.New {
		lines = append(lines, p.rule("new", p.Theme.Accent))
	}
	if as.Spaced {
		lines = append(lines, "")
	}
	if as.Author {
		lines = append(lines, p.author(p.People.Name(it.Sender), it.Time.Std().In(p.Location).Format("15:04")))
	}
	if it.Kind != api.EntryMessage {
		return p.fit(append(lines, p.Markup.Aside(p.event(it), p.Width)...))
	}
	body := p.says(it, root)
	if as.Mark != people.None {
		body[len(body)-1] = p.marked(body[len(body)-1], as)
	}
	for _, l := range body {
		lines = append(lines, p.margin(as.Chosen)+l)
	}
	return p.fit(lines)
}

// Day is the day of a time, as it stands above the first entry of it.
func (p Pen) Day(t api.Time) string { return t.Std().In(p.Location).Format("Mon 2 Jan 2006") }

// says draws what is said, without its margins; at least one line.
func (p Pen) says(it, root *journal.Item) []string {
	one := func(s string, style lipgloss.Style) []string { return []string{style.Render(text.Clip(s, p.room()))} }
	switch {
	case p.People.Folded(it.Sender):
		return one("· a message of "+p.People.Name(it.Sender)+", whom you block", p.Theme.Dim)
	case it.Gone:
		return one(p.tombstone(it), p.Theme.Dim.Italic(true))
	}
	var lines []string
	if it.ReplyTo != 0 {
		lines = one(p.heading(root), p.Theme.Dim)
	}
	after := ""
	if it.Edited != 0 {
		after = "(edited)"
	}
	return append(lines, p.said(it.Text, p.People.Name(it.Sender), after)...)
}

// said draws a message's text; /me makes its sender a part of it.
func (p Pen) said(s, who, after string) []string {
	_, me := p.People.Reader()
	o := markup.Options{Me: me, Find: p.Find, After: after}
	s, does := act.Said(s)
	if does {
		o.Actor = who
	}
	lines := p.Markup.Lines(strings.Trim(s, "\n"), p.room(), o)
	if more := len(lines) - mostLines; more > 1 {
		lines = append(lines[:mostLines], p.Markup.Aside(strconv.Itoa(more)+" more lines; the raw view has them all", p.room())...)
	}
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

// author is the line over the messages of one person.
func (p Pen) author(name, at string) string {
	style := p.Theme.Strong
	if h, ok := strings.CutPrefix(name, "@"); ok {
		style = p.Theme.Person(h)
	}
	return style.Render(text.Clip(name, max(p.Width-7, 1))) + p.Theme.Dim.Render("  "+at)
}

// marked puts the mark of an own message behind its last line, in words for the
// last one if there is room.
func (p Pen) marked(line string, as As) string {
	sign := p.Theme.Dim.Render("✓")
	word := ""
	switch as.Mark {
	case people.Delivered:
		sign, word = p.Theme.Dim.Render("✓✓"), "delivered"
	case people.Read:
		sign, word = p.Theme.Accent.Render("✓✓"), "read"
	}
	if as.Readers > 0 && as.Mark != people.Read {
		word = "read by " + strconv.Itoa(as.Readers) + " of " + strconv.Itoa(as.Others)
	}
	free := p.Width - indent - ansi.StringWidth(line) - 2*gutter
	if as.Last && word != "" && free >= len(word) {
		sign = p.Theme.Dim.Render(word+" ") + sign
	}
	return right(line, sign, p.Width-indent)
}

// right puts a sign at the right edge of a line that leaves room for it.
func right(line, sign string, width int) string {
	gap := width - ansi.StringWidth(line) - ansi.StringWidth(sign)
	if gap < 1 {
		return line
	}
	return line + strings.Repeat(" ", gap) + sign
}

// margin stands before each line of a message.
func (p Pen) margin(chosen bool) string {
	if chosen {
		return p.Theme.Accent.Render("▌") + " "
	}
	return strings.Repeat(" ", indent)
}

// room is the width of what is said.
func (p Pen) room() int { return max(p.Width-indent-gutter, 1) }

// Rule is a line across, with a word in it.
func (p Pen) Rule(word string) string { return p.rule(word, p.Theme.Dim) }

func (p Pen) rule(word string, style lipgloss.Style) string {
	word = text.Clip(word, max(p.Width-6, 1))
	left := "── "
	rest := p.Width - ansi.StringWidth(left+word) - 1
	if rest < 1 {
		return style.Render(text.Clip(word, p.Width))
	}
	return style.Render(left + word + " " + strings.Repeat("─", rest))
}

// fit cuts what a screen of a few cells has no room for.
func (p Pen) fit(lines []string) []string {
	for i, l := range lines {
		if ansi.StringWidth(l) > p.Width {
			lines[i] = ansi.Truncate(l, p.Width, "")
		}
	}
	return lines
}
