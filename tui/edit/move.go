package edit

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatctl/chatctl/tui/keymap"
)

// move carries out what only moves the cursor.
func (b *Buffer) move(a keymap.Action) bool {
	var at int
	switch a {
	case keymap.CharLeft:
		at = b.before()
	case keymap.CharRight:
		at = b.after()
	case keymap.WordLeft:
		at = b.wordBefore()
	case keymap.WordRight:
		at = b.wordAfter()
	case keymap.LineStart:
		at = b.lineStart()
	case keymap.LineEnd:
		at = b.lineEnd()
	case keymap.TextStart:
		at = 0
	case keymap.TextEnd:
		at = len(b.text)
	case keymap.CursorUp:
		return b.vertical(-1)
	case keymap.CursorDown:
		return b.vertical(1)
	default:
		return false
	}
	b.at, b.last, b.goal = at, moved, -1
	return true
}

// vertical moves by a row and keeps the column; it reports false at the first
// and the last row, where the key may mean something else.
func (b *Buffer) vertical(by int) bool {
	if !b.multi {
		return false
	}
	rows := b.Rows(b.width)
	at, column := b.place(rows)
	to := at + by
	if to < 0 || to >= len(rows) {
		return false
	}
	if b.goal < 0 {
		b.goal = column
	}
	b.at, b.last = rows[to].Start, moved
	used := 0
	for _, c := range clusters(b.text[rows[to].Start:rows[to].End]) {
		last := b.at+len(c.text) == rows[to].End && rows[to].Soft // there begins the next row
		if used+c.cells > b.goal || last {
			break
		}
		used += c.cells
		b.at += len(c.text)
	}
	return true
}

func (b *Buffer) lineStart() int { return strings.LastIndexByte(b.text[:b.at], '\n') + 1 }

func (b *Buffer) lineEnd() int {
	if i := strings.IndexByte(b.text[b.at:], '\n'); i >= 0 {
		return b.at + i
	}
	return len(b.text)
}

// before is where the cluster before the cursor begins.
func (b *Buffer) before() int {
	start := b.lineStart()
	if start == b.at {
		return max(0, start-1)
	}
	at := start
	for _, c := range clusters(b.text[start:b.lineEnd()]) {
		if at+len(c.text) >= b.at {
			break
		}
		at += len(c.text)
	}
	return at
}

// after is where the cluster after the cursor ends.
func (b *Buffer) after() int {
	if b.at == len(b.text) {
		return b.at
	}
	c := first(b.text[b.at:])
	return b.at + len(c.text)
}

// snap moves the cursor on to the end of a cluster that it stands in.
func (b *Buffer) snap() {
	at := b.lineStart()
	for _, c := range clusters(b.text[at:b.lineEnd()]) {
		if at >= b.at {
			break
		}
		at += len(c.text)
	}
	b.at = max(at, b.at)
}

func (b *Buffer) wordBefore() int {
	at, start, in := 0, 0, false
	for _, c := range clusters(b.text[:b.at]) {
		if w := word(c.text); w && !in {
			start, in = at, true
		} else if !w {
			in = false
		}
		at += len(c.text)
	}
	return start
}

func (b *Buffer) wordAfter() int {
	at, in := b.at, false
	for _, c := range clusters(b.text[b.at:]) {
		w := word(c.text)
		if in && !w {
			break
		}
		in = in || w
		at += len(c.text)
	}
	return at
}

func word(cluster string) bool {
	r, _ := utf8.DecodeRuneInString(cluster)
	return r == '_' || !unicode.IsSpace(r) && !unicode.IsPunct(r) && !unicode.IsSymbol(r) || unicode.Is(unicode.So, r)
}
