// Package keymap names everything that keys do in the terminal client and
// says which keys do it.
//
// It owns the list of actions with their names and words for the help page, the
// default and the vim set, and the file that changes them. It promises that a
// Map has no key with two meanings at one place and no binding that takes
// the letters of a text. What an action does is the screens' matter.
//
// A Map never changes and may be shared; Keys belongs to one screen.
package keymap
