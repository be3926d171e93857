// Package composer is where people write: one text with its drafts, commands
// and completions, for the conversation that is open.
//
// It owns the text, what it answers or edits, the drafts of all conversations
// and the list of completions. It promises that nothing is sent but by the
// sending key, so no paste ever is, and that what was written is kept until it
// is sent or deleted, whatever else is opened. Messages, commands and problems
// are handed to the root by Take as Submit, Command, Select and Trouble, in the
// order of the keys; carrying them out is left to it. A Model is a value; Update and View do no I/O.
package composer
