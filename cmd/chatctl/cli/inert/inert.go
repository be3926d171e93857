// Package inert writes JSON that cannot drive the terminal that shows it.
//
// It escapes and changes nothing else: what is read back is the same.
package inert

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Writer writes JSON of any length through, with what could drive a terminal
// escaped. It belongs to one goroutine; every Write takes all it is given.
func Writer(w io.Writer) io.Writer { return &writer{w: w} }

type writer struct {
	w    io.Writer
	rest []byte // the beginning of a character whose end is still to come
}

func (w *writer) Write(b []byte) (int, error) {
	all := append(w.rest, b...)
	whole := len(all)
	for k := 1; k < utf8.UTFMax && k <= len(all); k++ {
		if start := len(all) - k; utf8.RuneStart(all[start]) {
			if !utf8.FullRune(all[start:]) {
				whole = start
			}
			break
		}
	}
	_, err := w.w.Write(JSON(all[:whole]))
	w.rest = append([]byte(nil), all[whole:]...)
	return len(b), err
}

// JSON escapes, in valid JSON, every character that could drive a terminal or
// reorder what it shows. They can only stand inside strings there (RFC 8259, 7),
// so the value stays the same.
func JSON(b []byte) []byte {
	if strings.IndexFunc(string(b), drives) < 0 {
		return b
	}
	out := make([]byte, 0, len(b)+32)
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case !drives(r):
			out = append(out, b[:n]...)
		case r > 0xffff: // RFC 8259, 7: a surrogate pair
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}

// drives reports C1 controls, line separators, bidi controls and tag characters; C0 is escaped in any JSON.
func drives(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r == 0x200e || r == 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 || r >= 0xe0000 && r <= 0xe007f
}
