// Package help is the page that says what keys and commands there are: the
// bindings in force, and the commands of the composer.
package help

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
)

// Rows is the page, in lines of at most width cells.
func Rows(keys *keymap.Map, theme *widget.Theme, width int) []string {
	var rows []string
	heading := func(s string) { rows = append(rows, theme.Strong.Render(text.Clip(s, width))) }
	part := func(pairs [][2]string) { rows = append(rows, columns(pairs, theme, width)...) }
	for _, g := range keys.Help() {
		heading(g.Heading)
		var pairs [][2]string
		for _, r := range g.Rows {
			pairs = append(pairs, [2]string{strings.Join(r.Keys, ", "), r.Help})
		}
		part(pairs)
		rows = append(rows, "")
	}
	heading("Commands")
	var pairs [][2]string
	for _, k := range slash.All() {
		pairs = append(pairs, [2]string{"/" + strings.TrimSpace(k.Name+" "+k.Usage), k.Help})
	}
	part(pairs)
	rows = append(rows, "")
	heading("Signs")
	part(signs(keys))
	return rows
}

// columns is pairs side by side, each on as many lines as it needs, where what
// stands on the left gets half of the width at most.
func columns(pairs [][2]string, theme *widget.Theme, width int) []string {
	left := 0
	for _, p := range pairs {
		left = max(left, ansi.StringWidth(p[0]))
	}
	left = max(1, min(left, width/2-2))
	var rows []string
	for _, p := range pairs {
		l, r := wrap(p[0], left), wrap(p[1], width-left-3)
		for i := range max(len(l), len(r)) {
			row := " " + theme.Accent.Render(at(l, i)) + strings.Repeat(" ", max(0, left-ansi.StringWidth(at(l, i)))+2) + at(r, i)
			rows = append(rows, ansi.Truncate(strings.TrimRight(row, " "), max(width, 0), ""))
		}
	}
	return rows
}

// wrap breaks between words alone: ctrl-x is one.
func wrap(s string, width int) (lines []string) {
	for _, word := range strings.Fields(s) {
		if n := len(lines); n > 0 && ansi.StringWidth(lines[n-1]+" "+word) <= width {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// signs is what stands in the bar and beside messages, and what it means.
func signs(keys *keymap.Map) [][2]string {
	return [][2]string{
		{"● connected 12 ms", "how long the server took to answer last: to a message of yours, until it was safe there; with nothing sent, to a question every 15 s"},
		{"◐ catching up 3", "connected, and what you missed in 3 conversations is on its way"},
		{"○ offline", "no connection; it is tried again by itself, and sooner with " + keys.Of(keymap.Reconnect)},
		{"○ disconnected", "it does not come back by itself: " + keys.Of(keymap.Reconnect) + " tells why, and how to go on"},
		{"outbox 2", "on their way, or waiting for the server; " + keys.Of(keymap.Outbox) + " shows them"},
		{"1 not sent", "failed, and kept until you try again or drop it: " + keys.Of(keymap.Outbox)},
		{"… ✓ ✓✓", "a message of yours: on its way; safe at the server; received by all, and read where it has a colour"},
		{"! ✎ ● ○ by a name", "something failed; something is written and not sent; they are there; they are away"},
	}
}

// Welcome is what a screen without a conversation says.
func Welcome(keys *keymap.Map, name string) []string {
	lines := []string{"Welcome, " + name + ".", ""}
	for _, hint := range [][2]string{
		{"/dm @HANDLE", "talk to somebody"}, {"/group NAME", "make a group"},
		{keys.Of(keymap.NextUnread), "go to what is unread"}, {keys.Of(keymap.Switcher), "go to a conversation"},
		{keys.Of(keymap.Help), "all keys and commands"},
	} {
		lines = append(lines, widget.Exact(hint[0], 14)+hint[1])
	}
	return lines
}
