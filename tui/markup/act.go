package markup

import "strings"

// What stands before a message's text: what follows is what its sender does, or
// is said although it begins so. Clients that do not know it show it.
const (
	acts    = "/me "
	escaped = `\`
)

// Act is the text of a message by which its sender does something.
func Act(does string) string { return acts + does }

// Say is the text of a message that says s, whatever it begins with.
func Say(s string) string {
	if strings.HasPrefix(s, acts) {
		return escaped + s
	}
	return s
}

// Said is what a message's text says, or where act is true, what its sender does.
func Said(s string) (said string, act bool) {
	if does, ok := strings.CutPrefix(s, acts); ok {
		return does, true
	}
	if strings.HasPrefix(s, escaped+acts) {
		return s[len(escaped):], false
	}
	return s, false
}

// By is what somebody says, or where act is true, does.
func By(who, what string, act bool) string {
	if act {
		return "* " + who + " " + what
	}
	return who + ": " + what
}

// Quote is the first line of a text with who says or does it, for a place that
// has one line.
func Quote(who, s string) string {
	_, act := Said(s)
	return By(who, Plain(s), act)
}
