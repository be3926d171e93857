package edit

import "github.com/charmbracelet/x/ansi"

// Cursor is a cell, or an empty one, drawn as the cursor. It is reversed by
// hand, because a style loses its reverse too where there is no colour.
func Cursor(cell string) string {
	if ansi.StringWidth(cell) == 0 {
		cell = " "
	}
	return "\x1b[7m" + cell + "\x1b[27m"
}

// Draw is the text of a row with the cursor in it when at, in bytes, is within it or at its end; -1 is elsewhere.
func Draw(row string, at int) string {
	if at < 0 || at > len(row) {
		return row
	}
	if at == len(row) {
		return row + Cursor("")
	}
	c := first(row[at:])
	if c.cells == 0 {
		return row[:at] + c.text + Cursor("") + row[at+len(c.text):]
	}
	return row[:at] + Cursor(c.text) + row[at+len(c.text):]
}
