// Package act holds how a message says that its sender does something: "/me
// waves" is shown as "* @ada waves".
//
// It is an agreement of clients. To the server such a text is one like any
// other, and a client that does not know it shows it as it was written.
package act

import "strings"

// acts stands before what the sender does. A backslash before it takes its
// meaning away, and one more before that one is said.
const acts = "/me "

// Do is the text of a message by which its sender does something.
func Do(what string) string { return acts + what }

// Say is the text of a message that says s, whatever it begins with.
func Say(s string) string {
	if strings.HasPrefix(strings.TrimLeft(s, `\`), acts) {
		return `\` + s
	}
	return s
}

// Said is what a message's text says, or where does is true, what its sender does.
func Said(s string) (said string, does bool) {
	said, does = strings.CutPrefix(s, acts)
	if strings.HasPrefix(s, `\`) && strings.HasPrefix(strings.TrimLeft(s, `\`), acts) {
		said = s[1:]
	}
	return said, does
}

// By is what somebody says, or where does is true, does.
func By(who, what string, does bool) string {
	if does {
		return "* " + who + " " + what
	}
	return who + ": " + what
}
