// Package help is the page that says what keys and commands there are: the
// bindings in force, and the commands of the composer.
package help

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/layout"
	"github.com/chatctl/chatctl/tui/widget"
)

// Rows is the page, in lines of at most width cells.
func Rows(keys *keymap.Map, theme *widget.Theme, width int) []string {
	var rows []string
	column := min(24, max(width/2, 8))
	row := func(left, right string, column int) {
		left = ansi.Truncate(left, max(column-1, 1), "…")
		pad := strings.Repeat(" ", max(column-ansi.StringWidth(left), 1))
		rows = append(rows, ansi.Truncate(theme.Accent.Render(left)+pad+text.Clip(right, max(width-column, 0)), max(width, 0), ""))
	}
	heading := func(s string) { rows = append(rows, theme.Strong.Render(text.Clip(s, width))) }
	for _, g := range keys.Help() {
		heading(g.Heading)
		for _, r := range g.Rows {
			row(" "+strings.Join(r.Keys, ", "), r.Help, column)
		}
		rows = append(rows, "")
	}
	heading("Commands")
	for _, k := range slash.All() {
		row(" /"+strings.TrimSpace(k.Name+" "+k.Usage), k.Help, min(column+6, width/2+6))
	}
	rows = append(rows, "")
	heading("Signs")
	for _, s := range signs(keys) {
		for i, line := range strings.Split(ansi.Wrap(s[1], max(width-column, 1), ""), "\n") {
			if i > 0 {
				s[0] = ""
			}
			row(" "+s[0], line, column)
		}
	}
	return rows
}

// signs is what stands in the bar and beside messages, and what it means.
func signs(keys *keymap.Map) [][2]string {
	return [][2]string{
		{"● connected 12 ms", "how long the server took to answer last: to a message of yours, until it was safe there; with nothing sent, to a question every 15 s"},
		{"◐ catching up 3", "connected, and what you missed in 3 conversations is on its way"},
		{"○ offline", "no connection; it is tried again by itself, and sooner with " + keys.Of(keymap.Reconnect)},
		{"○ disconnected", "it does not come back by itself: " + keys.Of(keymap.Reconnect) + " tries again"},
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
		{keys.Of(keymap.Switcher), "go to a conversation"}, {keys.Of(keymap.Help), "all keys and commands"},
	} {
		lines = append(lines, layout.Pad(hint[0], 14)+hint[1])
	}
	return lines
}
