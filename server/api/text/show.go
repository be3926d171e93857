package text

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"
	"github.com/rivo/uniseg"
)

// Show makes a stranger's text safe for a terminal or a log for people: one
// line in which every control character is visible (␛, <U+0085>), as are bidi
// controls without their pair, line separators and tag characters. Bad UTF-8
// becomes U+FFFD. What Message lets in passes unchanged but for newlines (␊).
// Show of what Show returned is the same again.
func Show(s string) string { return show(s, false) }

// ShowLines is Show for a text of several lines: newlines stay.
func ShowLines(s string) string { return show(s, true) }

// Clip is Show cut to at most width terminal cells, with … where something is
// missing. It cuts between grapheme clusters and closes the bidi controls that
// the cut left open.
func Clip(s string, width int) string {
	s = Show(s)
	if width <= 0 {
		return ""
	}
	var cut strings.Builder
	used, fits := 0, 0 // cells taken; bytes that still leave a cell for …
	for rest, state := s, -1; rest != ""; {
		var cluster string
		var cells int
		cluster, rest, cells, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if len(cluster) > maxCluster {
			cluster, cells = "\ufffd", 1
		}
		// Terminals and renderers differ by their Unicode's version: the wider counts.
		if used += max(cells, displaywidth.String(cluster)); used > width {
			return closed(strings.TrimRight(cut.String()[:fits], "…")) + "…" // s may be cut already
		}
		cut.WriteString(cluster)
		if used < width {
			fits = cut.Len()
		}
	}
	return cut.String()
}

// maxCluster is the longest cluster shown, in bytes. The longest emoji have
// about 40; a tower of combining marks would cover the lines around it.
const maxCluster = 64

func show(s string, lines bool) string {
	if clean(s) == nil && (lines || !strings.Contains(s, "\n")) {
		return s
	}
	s = strings.ToValidUTF8(s, "\ufffd")
	lone := unpaired(s)
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i, r := range s {
		switch {
		case r == '\n' && lines:
			b.WriteByte('\n')
		case r < 0x20:
			b.WriteRune(0x2400 + r) // the block Control Pictures
		case r == 0x7f:
			b.WriteRune(0x2421)
		case hidden(r), len(lone) > 0 && lone[0] == i:
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
		if len(lone) > 0 && lone[0] == i {
			lone = lone[1:]
		}
	}
	return b.String()
}

// hidden reports characters that never pass: C1 (some terminals still read them
// as escapes), line and paragraph separators, tag characters.
func hidden(r rune) bool {
	return r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0xe0000 && r <= 0xe007f
}

// closer is what ends the bidi embedding, override or isolate that r opens, or 0.
func closer(r rune) rune {
	switch {
	case r == 0x202a, r == 0x202b, r == 0x202d, r == 0x202e:
		return 0x202c
	case r >= 0x2066 && r <= 0x2068:
		return 0x2069
	}
	return 0
}

// unpaired returns the byte offsets, ascending, of the bidi controls of s that
// are not properly nested pairs on one line. They take the same rule as clean.
func unpaired(s string) []int {
	type opener struct {
		at    int
		ender rune
	}
	var open []opener
	lone := map[int]bool{}
	leave := func(keep int) {
		for _, o := range open[keep:] {
			lone[o.at] = true
		}
		open = open[:keep]
	}
	for i, r := range s {
		switch {
		case r == '\n':
			leave(0)
		case closer(r) != 0:
			open = append(open, opener{i, closer(r)})
		case r == 0x202c, r == 0x2069:
			if n := len(open) - 1; n >= 0 && open[n].ender == r {
				open = open[:n]
			} else {
				lone[i] = true
			}
		}
	}
	leave(0)
	at := make([]int, 0, len(lone))
	for i := range s {
		if lone[i] {
			at = append(at, i)
		}
	}
	return at
}

// closed appends the ends of what is still open in s, innermost first.
func closed(s string) string {
	var open []rune
	for _, r := range s {
		switch {
		case closer(r) != 0:
			open = append(open, closer(r))
		case r == 0x202c || r == 0x2069:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	}
	for i := len(open) - 1; i >= 0; i-- {
		s += string(open[i])
	}
	return s
}
