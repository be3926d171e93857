package text

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var handle = regexp.MustCompile(`^[a-z0-9_.-]{3,32}$`)

// Handle reports why s cannot be a handle: 3 to 32 of a-z, 0-9, "_", "." and "-".
func Handle(s string) error {
	if !handle.MatchString(s) {
		return errors.New("a handle has 3 to 32 characters of a-z 0-9 _ . -")
	}
	return nil
}

// Name reports why s cannot be a displayed name: NFC, 1 to most characters, no line break, nothing that Message refuses.
func Name(s string, most int) error {
	switch n := utf8.RuneCountInString(s); {
	case !strings.ContainsFunc(s, visible):
		return errors.New("a name needs a visible character")
	case n > most:
		return fmt.Errorf("at most %d characters, not %d", most, n)
	case strings.ContainsRune(s, '\n'):
		return errors.New("a name is one line")
	case !norm.NFC.IsNormalString(s):
		return errors.New("a name is in normal form NFC")
	}
	return clean(s)
}

// Message reports why s cannot be a message's text: 1 to most bytes of UTF-8
// without control characters (but newline), unpaired bidi controls or tag characters.
func Message(s string, most int) error {
	switch {
	case len(s) > most:
		return fmt.Errorf("at most %d bytes, not %d", most, len(s))
	case !strings.ContainsFunc(s, visible):
		return errors.New("a message needs a visible character")
	}
	return clean(s)
}

// visible is false of spaces and of what only steers how others are shown
// (category Cf: joiners, marks of direction, the byte order mark).
func visible(r rune) bool { return !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) }

// clean reports the first character that may not come in. Bidi embeddings and
// isolates must be closed on their own line (UAX #9, 3.3: they end with the
// paragraph, and would otherwise reorder what a program prints after the text).
func clean(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("the text is not valid UTF-8")
	}
	var open []rune // the closers that are waited for
	for i, r := range s {
		switch {
		case r == '\n':
			if len(open) > 0 {
				return fmt.Errorf("%s: a bidi control is not closed on its line", place(s, i))
			}
		case r < 0x20, r == 0x7f, r >= 0x80 && r < 0xa0, r == 0x2028, r == 0x2029:
			return fmt.Errorf("%s: the control character U+%04X is not allowed", place(s, i), r)
		case r >= 0xe0000 && r <= 0xe007f:
			return fmt.Errorf("%s: the tag character U+%04X is not allowed", place(s, i), r)
		case r == 0x202a, r == 0x202b, r == 0x202d, r == 0x202e:
			open = append(open, 0x202c)
		case r >= 0x2066 && r <= 0x2068:
			open = append(open, 0x2069)
		case r == 0x202c, r == 0x2069:
			if len(open) == 0 || open[len(open)-1] != r {
				return fmt.Errorf("%s: the bidi control U+%04X closes nothing", place(s, i), r)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return errors.New("a bidi control is not closed on its line")
	}
	return nil
}

// place names the byte at i of s: where s has several lines, in its own.
func place(s string, i int) string {
	if !strings.Contains(s, "\n") {
		return fmt.Sprintf("byte %d", i)
	}
	before := s[:i]
	return fmt.Sprintf("line %d, byte %d", strings.Count(before, "\n")+1, i-strings.LastIndex(before, "\n")-1)
}
