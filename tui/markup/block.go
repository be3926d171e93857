package markup

import (
	"strings"
	"unicode/utf8"
)

type kind int

const (
	paragraph kind = iota
	item           // of a list
	fence          // a block of code
)

// block is a part of a text that stands on lines of its own.
type block struct {
	kind   kind
	depth  int    // of quotations around it
	marker string // item: what stands before its first line
	spans  []span // line ends are in them
}

// deepest is how many quotations may lie in each other; what is deeper is text.
const deepest = 4

// parse takes a text apart. Characters of the syntax leave it, others stay.
func parse(s, me string, depth int) []block {
	var blocks []block
	var prose []string // lines of one paragraph
	flush := func() {
		if len(prose) > 0 {
			blocks = append(blocks, block{depth: depth, spans: inline(strings.Join(prose, "\n"), me)})
			prose = nil
		}
	}
	lines := strings.Split(s, "\n")
	for i := 0; i < len(lines); i++ {
		if mark, info, ok := fenced(lines[i]); ok {
			flush()
			end := closing(lines, i+1, mark)
			body := strings.Join(lines[i+1:end], "\n")
			blocks = append(blocks, block{kind: fence, depth: depth, marker: info, spans: []span{{text: body, look: code}}})
			i = end
			continue
		}
		if _, ok := quoted(lines[i]); ok && depth < deepest {
			flush()
			var inner []string
			for ; i < len(lines); i++ {
				rest, ok := quoted(lines[i])
				if !ok {
					break
				}
				inner = append(inner, rest)
			}
			i--
			blocks = append(blocks, parse(strings.Join(inner, "\n"), me, depth+1)...)
			continue
		}
		if marker, rest, ok := listed(lines[i]); ok {
			flush()
			blocks = append(blocks, block{kind: item, depth: depth, marker: marker, spans: inline(rest, me)})
			continue
		}
		prose = append(prose, lines[i])
	}
	flush()
	return blocks
}

// fenced reads the first line of a block of code: its fence and what the code is.
func fenced(line string) (mark, info string, ok bool) {
	s := strings.TrimLeft(line, " ")
	n := 0
	for n < len(s) && (s[n] == '`' || s[n] == '~') && s[n] == s[0] {
		n++
	}
	info = strings.TrimSpace(s[n:])
	if len(line)-len(s) > 3 || n < 3 || strings.ContainsRune(info, '`') {
		return "", "", false
	}
	return s[:n], info, true
}

// closing is the line that ends a block of code, or the end of the text.
func closing(lines []string, from int, mark string) int {
	for i := from; i < len(lines); i++ {
		s := strings.TrimSpace(lines[i])
		if len(s) >= len(mark) && strings.Trim(s, mark[:1]) == "" {
			return i
		}
	}
	return len(lines)
}

// quoted reads a line of a quotation. A blank must follow, so that >:( is none.
func quoted(line string) (rest string, ok bool) {
	if line == ">" {
		return "", true
	}
	if strings.HasPrefix(line, ">>") {
		_, inner := quoted(line[1:])
		return line[1:], inner
	}
	return strings.CutPrefix(line, "> ")
}

// listed reads the first line of an item; its marker is written as it is shown.
func listed(line string) (marker, rest string, ok bool) {
	s := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(s)]
	if len(indent) > 16 || len(s) < 3 {
		return "", "", false
	}
	if strings.ContainsRune("-*+", rune(s[0])) && s[1] == ' ' {
		return indent + "• ", strings.TrimLeft(s[2:], " "), true
	}
	n := 0
	for n < len(s) && n < 9 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n > 0 && len(s) > n+1 && (s[n] == '.' || s[n] == ')') && s[n+1] == ' ' {
		return indent + s[:n+2], strings.TrimLeft(s[n+2:], " "), true
	}
	return "", "", false
}

func trimLeft(s string) string { return strings.TrimLeft(s, " ") }

// firstLine is the first line of s with anything visible on it.
func firstLine(s string) string {
	for line := range strings.SplitSeq(s, "\n") {
		if line = strings.TrimSpace(line); line != "" && utf8.RuneCountInString(line) > 0 {
			return line
		}
	}
	return ""
}
