package markup

import (
	"hash/fnv"
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"
)

// cell is one cluster of characters on a line.
type cell struct {
	text  string
	width int
	look  look
	url   string
}

// maxCluster is the longest cluster that is drawn, in bytes: a tower of
// combining marks would cover the lines around it (see text.Clip).
const maxCluster = 64

// wrap breaks spans into lines of at most width cells: between words (UAX #14)
// if words is set, and else, or where a word is too long, between clusters.
func wrap(spans []span, width int, words bool, find string) [][]cell {
	var w wrapper
	w.width, w.words = width, words
	for _, line := range logical(spans) {
		begun := len(w.lines)
		w.fill(line, find)
		w.flush(len(w.line))
		pair(w.lines[begun:])
	}
	return w.lines
}

// logical splits spans at line ends.
func logical(spans []span) [][]span {
	lines := [][]span{nil}
	for _, sp := range spans {
		for i, part := range strings.Split(sp.text, "\n") {
			if i > 0 {
				lines = append(lines, nil)
			}
			if part != "" {
				sp.text = part
				lines[len(lines)-1] = append(lines[len(lines)-1], sp)
			}
		}
	}
	return lines
}

// wrapper fills one line after the other. Invariant: used is the width of line,
// and used <= width.
type wrapper struct {
	width int
	words bool
	lines [][]cell
	line  []cell
	used  int
	stop  int // cells of line after which it may be broken; 0: nowhere
}

func (w *wrapper) fill(spans []span, find string) {
	var whole strings.Builder
	for _, sp := range spans {
		whole.WriteString(sp.text)
	}
	hits := matches(whole.String(), find)
	at, sp, end := 0, 0, 0 // the byte, its span and where that ends
	if len(spans) > 0 {
		end = len(spans[0].text)
	}
	for rest, state := whole.String(), -1; rest != ""; {
		var cluster string
		var bounds int
		cluster, rest, bounds, state = uniseg.StepString(rest, state)
		for at >= end {
			sp++
			end += len(spans[sp].text)
		}
		c := cell{text: cluster, width: cellsOf(cluster, bounds>>uniseg.ShiftWidth), look: spans[sp].look, url: spans[sp].url}
		for len(hits) > 0 && hits[0].end <= at {
			hits = hits[1:]
		}
		if len(hits) > 0 && hits[0].start < at+len(cluster) {
			c.look |= found
		}
		at += len(cluster)
		w.put(c, bounds&uniseg.MaskLine == uniseg.LineCanBreak)
	}
}

// put adds a cluster, on a new line if there is no room.
func (w *wrapper) put(c cell, canBreak bool) {
	if len(c.text) > maxCluster || c.width > w.width {
		c.text, c.width = "\ufffd", 1
	}
	for w.used+c.width > w.width {
		if c.text == " " && w.words { // it hangs over the end
			w.stop = len(w.line)
			return
		}
		if w.stop == 0 || !w.words {
			w.stop = len(w.line)
		}
		w.flush(w.stop)
	}
	w.line, w.used = append(w.line, c), w.used+c.width
	if canBreak {
		w.stop = len(w.line)
	}
}

// flush ends a line after n of its cells, without blanks at its end; the
// others begin the next one.
func (w *wrapper) flush(n int) {
	rest := append([]cell(nil), w.line[n:]...)
	done := w.line[:n:n]
	for w.words && len(done) > 0 && done[len(done)-1].text == " " {
		done = done[:len(done)-1]
	}
	w.lines = append(w.lines, done)
	w.line, w.used, w.stop = rest, 0, 0
	for _, c := range rest {
		w.used += c.width
	}
}

// cellsOf is how wide a cluster is: what the libraries of both sides, uniseg
// here and that of the program's renderer, hold for wider.
func cellsOf(cluster string, uni int) int {
	if len(cluster) == 1 {
		return uni
	}
	return max(uni, ansi.StringWidth(cluster))
}

// place is a range of bytes.
type place struct{ start, end int }

// matches are the places of find in s, without regard to case.
func matches(s, find string) (hits []place) {
	if find == "" {
		return nil
	}
	low, of := fold(s)
	find, _ = fold(find)
	for at := 0; ; {
		i := strings.Index(low[at:], find)
		if i < 0 {
			return hits
		}
		end := at + i + len(find)
		hits = append(hits, place{of[at+i], of[end]})
		at = end
	}
}

// fold is s in lower case, which may have another length, and of each of its
// bytes and of its end where in s its character begins.
func fold(s string) (low string, of []int) {
	var b strings.Builder
	for i, r := range s {
		b.WriteRune(unicode.ToLower(r))
		for len(of) < b.Len() {
			of = append(of, i)
		}
	}
	return b.String(), append(of, len(s))
}

// block draws one block, each line behind its quotation marks or marker.
func (r *Renderer) block(lines []string, b block, width int, find string) []string {
	first := strings.Repeat("▎ ", b.depth)
	next := first
	extra := look(0)
	if b.depth > 0 {
		extra = quote
	}
	spans := b.spans
	switch b.kind {
	case item:
		first += b.marker
		next += strings.Repeat(" ", ansi.StringWidth(b.marker))
	case fence:
		first, next = first+"│ ", next+"│ "
		spans = r.code.highlight(b.marker, b.spans[0].text)
		extra = 0
	}
	indent := ansi.StringWidth(first)
	if indent*2 > width { // no room for both
		if b.kind == item {
			spans = append([]span{{text: b.marker}}, spans...)
		}
		first, next, indent = "", "", 0
	}
	for i, line := range wrap(spans, width-indent, b.kind != fence, find) {
		prefix := next
		if i == 0 {
			prefix = first
		}
		if prefix != "" {
			prefix = r.begin(dim) + prefix + reset
		}
		lines = append(lines, prefix+r.draw(line, extra))
	}
	return lines
}

const reset = "\x1b[0m"

// draw writes one line. What a break left open is closed at its end, and the
// line after begins it again: styles and links here, bidi controls in pairs.
func (r *Renderer) draw(cells []cell, extra look) string {
	var b strings.Builder
	for i := 0; i < len(cells); {
		j := i + 1
		for j < len(cells) && cells[j].look == cells[i].look && cells[j].url == cells[i].url {
			j++
		}
		style, url := r.begin(cells[i].look|extra), cells[i].url
		if !r.theme.Terminal.Links {
			url = ""
		}
		if url != "" {
			b.WriteString(ansi.SetHyperlink(url, "id="+linkID(url)))
		}
		b.WriteString(style)
		for _, c := range cells[i:j] {
			b.WriteString(c.text)
		}
		if style != "" {
			b.WriteString(reset)
		}
		if url != "" {
			b.WriteString(ansi.ResetHyperlink())
		}
		i = j
	}
	return b.String()
}

// linkID joins the parts of a link that is broken over lines (OSC 8, "The id attribute").
func linkID(url string) string {
	h := fnv.New32a()
	h.Write([]byte(url))
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}
