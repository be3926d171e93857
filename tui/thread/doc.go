// Package thread shows the messages of one conversation: it scrolls, searches,
// lets one be chosen, and says what it lacks.
//
// What is loaded lies in journal, who is there in people, and how an entry looks
// is render's matter; the lines that are drawn are kept here. It is given
// everything (pages of history, entries as they come, members, marks, what waits
// in the outbox) and says in messages (Want…) what it would like: more history, a
// reply, an edit. Who runs it turns those into commands. Which keys there are is
// not its matter: it is told an action of keymap. Its commands say such a message
// and wait for nothing, so that who runs it may take it before the next key.
//
// It promises that each message is shown once and in order of seq, whatever
// comes twice or late, that no line is wider than its size, that what is on the
// screen stays there while others write, and that drawing costs what is visible
// and not what is loaded. Strangers' text passes markup or text.Clip. It does no
// I/O and asks no clock. A Model is a value as in Bubble Tea: of two copies only
// the newer may be used.
package thread
