// Package edit is a text that is being written: the cursor, undo, what was cut,
// and how the text falls into rows of a width.
//
// It promises that the cursor stands between grapheme clusters, that undo and
// redo lead to any state of the last hundred and back, that no row is wider
// than asked, and that the text holds nothing a message must not (Clean). Drawing, and what is
// done with the text, are left to others.
//
// A Buffer is a value: a copy goes its own way. It is not for concurrent use.
package edit
