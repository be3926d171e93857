package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMentions is api.MaxMentions; that package imports this one.
const maxMentions = 50

// Mentions returns the handles that a message names as @handle, each once, in
// the order of the text, and no more than api.MaxMentions. An e-mail address, a
// path or a longer word is none. A full stop or hyphen at the end belongs to the
// sentence: "ask @bob." mentions bob.
func Mentions(text string) []string {
	var found []string
	for at := 0; len(found) < maxMentions; {
		i := strings.IndexByte(text[at:], '@')
		if i < 0 {
			break
		}
		h, ok := MentionAt(text, at+i)
		if ok && !slices.Contains(found, h) {
			found = append(found, h)
		}
		at += i + 1 + len(h)
	}
	return found
}

// MentionAt returns the handle that the @ at byte at of a text mentions.
func MentionAt(text string, at int) (handle string, ok bool) {
	if at >= len(text) || text[at] != '@' {
		return "", false
	}
	h, end := handleAt(text, at+1)
	if h == "" || wordBefore(text[:at]) || wordAfter(text[end:]) {
		return "", false
	}
	return h, true
}

// handleAt reads the handle that begins at start, "" if there is none, and where its characters end.
func handleAt(s string, start int) (h string, end int) {
	for end = start; end < len(s) && handleByte(s[end]); end++ {
	}
	h = strings.TrimRight(s[start:end], ".-")
	if len(h) < 3 || len(h) > 32 {
		return "", end
	}
	return h, end
}

func handleByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
}

// wordBefore reports whether what ends s makes the @ after it part of an address or path.
func wordBefore(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("@/._-+%", r))
}

// wordAfter reports whether the word before s goes on, so that it is no handle.
func wordAfter(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n > 0 && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '@')
}
