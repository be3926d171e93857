package edit

import (
	"strings"
	"unicode/utf8"

	"github.com/chatctl/chatctl/tui/keymap"
)

// Buffer is the text with its cursor. The zero value is empty and ready, for one
// line of any length; Lines makes it take several.
type Buffer struct {
	text  string
	at    int // bytes before the cursor; between two clusters
	most  int
	multi bool
	width int // cells of a row for moving up and down
	goal  int // the column that moving up and down keeps, -1 when there is none

	past, future []state
	last         kind // of the last change, so that like joins like
	ring         []string
	turn         int // which of ring was yanked last
	yanked       int // bytes of the yank before the cursor
}

type state struct {
	text string
	at   int
}

// kind is what a change was: typing joins typing to one undo, a cut joins a cut to one yank.
type kind int

const (
	moved kind = iota
	typed
	cut
	yanked
	other
)

const (
	maxUndo = 100
	maxRing = 30
)

// Line returns an empty buffer of one line and at most this many bytes.
func Line(most int) Buffer { return Buffer{most: most, goal: -1} }

// Lines returns an empty buffer of several lines and at most this many bytes.
func Lines(most int) Buffer { return Buffer{most: most, multi: true, goal: -1} }

// Text is what is written.
func (b Buffer) Text() string { return b.text }

// Cursor is how many bytes of the text are before the cursor.
func (b Buffer) Cursor() int { return b.at }

// SetWidth says how wide rows are, for moving up and down in them.
func (b *Buffer) SetWidth(width int) { b.width = width }

// Set begins anew with a text and the cursor at its end. What was cut before can still be yanked.
func (b *Buffer) Set(s string) {
	s = b.fit(Clean(s, b.multi))
	b.text, b.at = s, len(s)
	b.past, b.future, b.last, b.goal = nil, nil, moved, -1
}

// Replace puts s in the place of the bytes from start to end; the cursor is
// after it. It reports false, and does nothing, when the text would be too long.
func (b *Buffer) Replace(start, end int, s string) bool {
	return b.change(other, b.text[:start]+Clean(s, b.multi), b.text[end:])
}

// Insert puts what was typed or pasted at the cursor. It reports false, and does
// nothing, when the text would be too long.
func (b *Buffer) Insert(s string) bool {
	s = Clean(s, b.multi)
	if s == "" {
		return true
	}
	k := typed
	if utf8.RuneCountInString(s) > 1 || strings.ContainsAny(s, " \n") {
		k = other
	}
	return b.change(k, b.text[:b.at]+s, b.text[b.at:])
}

// change makes before and after the text, with the cursor between them.
func (b *Buffer) change(k kind, before, after string) bool {
	if b.most > 0 && len(before)+len(after) > max(b.most, len(b.text)) {
		return false
	}
	if k != typed || b.last != typed {
		b.past = append(b.past[:len(b.past):len(b.past)], state{b.text, b.at})
		if len(b.past) > maxUndo {
			b.past = b.past[1:]
		}
	}
	b.future = nil
	b.text = before + after
	b.at = len(before)
	b.snap()
	b.last, b.goal = k, -1
	return true
}

// fit cuts s, between clusters, to what the buffer takes.
func (b *Buffer) fit(s string) string {
	if b.most == 0 || len(s) <= b.most {
		return s
	}
	at := 0
	for _, c := range clusters(s) {
		if at+len(c.text) > b.most {
			break
		}
		at += len(c.text)
	}
	return s[:at]
}

// Do carries out an action of keymap's Composer context that concerns the text
// alone, and reports whether it is one.
func (b *Buffer) Do(a keymap.Action) bool {
	switch a {
	case keymap.Undo:
		b.undo(&b.past, &b.future)
	case keymap.Redo:
		b.undo(&b.future, &b.past)
	case keymap.Newline:
		if !b.multi {
			return false
		}
		b.Insert("\n")
	case keymap.DeleteBack:
		b.remove(b.before(), b.at, other)
	case keymap.DeleteForward:
		b.remove(b.at, b.after(), other)
	case keymap.TransposeChars:
		b.transpose()
	default:
		return b.kill(a) || b.move(a)
	}
	return true
}

func (b *Buffer) remove(start, end int, k kind) {
	if start < end {
		b.change(k, b.text[:start], b.text[end:])
	}
}

func (b *Buffer) undo(from, to *[]state) {
	n := len(*from)
	if n == 0 {
		return
	}
	s := (*from)[n-1]
	*to = append((*to)[:len(*to):len(*to)], state{b.text, b.at})
	*from = (*from)[: n-1 : n-1]
	b.text, b.at = s.text, s.at
	b.last, b.goal = other, -1
}

// transpose swaps the clusters around the cursor, at the end of a line the two before it.
func (b *Buffer) transpose() {
	if b.at == len(b.text) || b.text[b.at] == '\n' {
		b.at = b.before()
	}
	start, end := b.before(), b.after()
	if start == b.at || end == b.at || strings.Contains(b.text[start:end], "\n") {
		return
	}
	b.change(other, b.text[:start]+b.text[b.at:end]+b.text[start:b.at], b.text[end:])
}
