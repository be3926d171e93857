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
	return rows
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
