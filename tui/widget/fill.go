package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Fill is s with spaces up to width cells. A wider s stays as it is.
func Fill(s string, width int) string {
	missing := width - ansi.StringWidth(s)
	if missing <= 0 {
		return s
	}
	s += strings.Repeat(" ", missing)
	for ansi.StringWidth(s) < width { // a prepended mark takes the first space into its own cluster
		s += " "
	}
	return s
}

// Exact is Fill of s, or where s is wider, its beginning: a line of exactly width cells.
func Exact(s string, width int) string {
	if ansi.StringWidth(s) > width {
		return ansi.Truncate(s, max(width, 0), "")
	}
	return Fill(s, width)
}
