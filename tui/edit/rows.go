package edit

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Row is a part of the text that stands in one row, in bytes. A newline that
// ends it is not in it.
type Row struct {
	Start, End int
	Soft       bool // the line goes on in the next row
}

// Rows is how the text falls into rows of at most width cells. One cell of each
// is left for the cursor. There is at least one row.
func (b Buffer) Rows(width int) []Row {
	var rows []Row
	start := 0
	for {
		end := len(b.text)
		if i := strings.IndexByte(b.text[start:], '\n'); i >= 0 {
			end = start + i
		}
		rows = wrap(rows, b.text, start, end, max(1, width-1))
		if end == len(b.text) {
			return rows
		}
		start = end + 1
	}
}

func wrap(rows []Row, s string, start, end, width int) []Row {
	used, gap, cells := 0, start, 0 // cells taken; after the last space, and the cells up to there
	begin := start
	at := start
	for _, c := range clusters(s[start:end]) {
		if used+c.cells > width && at > begin {
			if gap == begin {
				gap, cells = at, used
			}
			rows = append(rows, Row{begin, gap, true})
			begin, used = gap, used-cells
			gap, cells = begin, 0
		}
		used += c.cells
		at += len(c.text)
		if c.text == " " {
			gap, cells = at, used
		}
	}
	return append(rows, Row{begin, end, false})
}

// Place is the row that the cursor is in, counted from 0, and the cells before it there.
func (b Buffer) Place(width int) (row, column int) { return b.place(b.Rows(width)) }

func (b Buffer) place(rows []Row) (row, column int) {
	for row < len(rows)-1 && (rows[row].End < b.at || rows[row].End == b.at && rows[row].Soft) {
		row++
	}
	return row, ansi.StringWidth(b.text[rows[row].Start:b.at])
}

// Clean is s without what a message must not hold: other newlines become \n,
// tabs spaces, controls go. Bidi embeddings and isolates go too, since the
// cursor can part a pair; letters that run from right to left need none. Where
// lines is false, newlines become spaces.
func Clean(s string, lines bool) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, string(utf8.RuneError)), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			if lines {
				return '\n'
			}
			return ' '
		case r == '\t':
			return ' '
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe007f:
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\t", "    "))
}

// cluster is what people take for one character, and the cells it needs.
type cluster struct {
	text  string
	cells int
}

func first(s string) cluster {
	text, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return cluster{text, ansi.StringWidth(text)} // a mark after an ASCII character may count there, as it does in whole rows
}

func clusters(s string) []cluster {
	all := make([]cluster, 0, len(s))
	for s != "" {
		c := first(s)
		all = append(all, c)
		s = s[len(c.text):]
	}
	return all
}
