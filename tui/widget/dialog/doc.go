// Package dialog is what stands over the screen and has the keys until it is
// answered: a question, a line to write, a list to choose from, a page to read.
//
// A Stack holds those that are open; the top one gets every message. A dialog
// cannot see who opened it: it answers with the message that it was given. All
// plain texts may be strangers'; they pass text.Show here. Dialogs do no I/O. They are values.
package dialog
