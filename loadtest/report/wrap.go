package report

import (
	"strings"
	"unicode/utf8"
)

// beside is where what a line of Text tells begins, beside its name.
const beside = 14

// Wrap breaks the lines of a Text where there are dots, or between words, so that
// none is longer than width; 0 is no bound. What goes on below stands under what it
// goes on.
func Wrap(text string, width int) string {
	if width < 2*beside {
		return text // too narrow for two columns: the terminal breaks it
	}
	var b strings.Builder
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		wrap(&b, line, width)
	}
	return b.String()
}

func wrap(b *strings.Builder, line string, width int) {
	at, gap := 0, ""
	for i, part := range parts(line, width-beside) {
		word := strings.TrimRight(part, " ")
		n := utf8.RuneCountInString(word)
		if i > 0 && at > beside && at+len(gap)+n > width {
			at, gap = beside, "\n"+strings.Repeat(" ", beside)
		} else {
			at += len(gap)
		}
		b.WriteString(gap + word)
		at, gap = at+n, part[len(word):]
	}
}

// parts are what a line may be broken between: what stands between dots, and the
// words of those that are longer than most.
func parts(line string, most int) (all []string) {
	for part := range strings.SplitAfterSeq(line, " · ") {
		if utf8.RuneCountInString(part) <= most {
			all = append(all, part)
		} else {
			all = append(all, strings.SplitAfter(part, " ")...)
		}
	}
	return all
}
