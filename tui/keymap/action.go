package keymap

import "strings"

// Action is what a key asks for: the context it belongs to, a dot, a verb.
// It is the name in the file of bindings, too.
type Action string

// What Press answers beside an action.
const (
	None    Action = ""        // the key is bound to nothing here
	Pending Action = "pending" // the key belongs to a chord: there is nothing to do with it
)

// Context is where an action can be asked for.
type Context string

// The contexts, in the order of the help page.
const (
	Global   Context = "global"   // anywhere but in a dialog
	Scroll   Context = "scroll"   // moving through a conversation, while writing or selecting
	Composer Context = "composer" // writing
	Empty    Context = "empty"    // writing, with nothing written yet; before Composer
	Popup    Context = "popup"    // the completions are open; before Composer
	Select   Context = "select"   // a message is selected
	Dialog   Context = "dialog"   // forms and dialogs
	List     Context = "list"     // a list in a dialog; before Dialog
)

// The actions.
const (
	Quit        Action = "global.quit"
	Help        Action = "global.help"
	Switcher    Action = "global.switcher"
	NextUnread  Action = "global.next_unread"
	NextMention Action = "global.next_mention"
	NextRoom    Action = "global.next_conversation"
	PrevRoom    Action = "global.previous_conversation"
	Outbox      Action = "global.outbox"
	Reconnect   Action = "global.reconnect"
	ToggleRail  Action = "global.rail"
	Redraw      Action = "global.redraw"
	Suspend     Action = "global.suspend"

	PageUp      Action = "scroll.page_up"
	PageDown    Action = "scroll.page_down"
	LineUp      Action = "scroll.line_up"
	LineDown    Action = "scroll.line_down"
	FirstUnread Action = "scroll.first_unread"
	Present     Action = "scroll.present"

	Send           Action = "composer.send"
	Newline        Action = "composer.newline"
	Cancel         Action = "composer.cancel"
	Editor         Action = "composer.editor"
	Complete       Action = "composer.complete"
	Undo           Action = "composer.undo"
	Redo           Action = "composer.redo"
	CharLeft       Action = "composer.left"
	CharRight      Action = "composer.right"
	CursorUp       Action = "composer.up"
	CursorDown     Action = "composer.down"
	WordLeft       Action = "composer.word_left"
	WordRight      Action = "composer.word_right"
	LineStart      Action = "composer.line_start"
	LineEnd        Action = "composer.line_end"
	TextStart      Action = "composer.text_start"
	TextEnd        Action = "composer.text_end"
	DeleteBack     Action = "composer.delete_back"
	DeleteForward  Action = "composer.delete_forward"
	KillLine       Action = "composer.kill_line"
	KillLineBack   Action = "composer.kill_line_back"
	KillWord       Action = "composer.kill_word"
	KillWordBack   Action = "composer.kill_word_back"
	Yank           Action = "composer.yank"
	YankPop        Action = "composer.yank_pop"
	TransposeChars Action = "composer.transpose"

	EnterSelect Action = "empty.select"

	PopupNext   Action = "popup.next"
	PopupPrev   Action = "popup.previous"
	PopupAccept Action = "popup.accept"
	PopupClose  Action = "popup.close"

	SelectUp    Action = "select.up"
	SelectDown  Action = "select.down"
	SelectFirst Action = "select.first"
	SelectLast  Action = "select.last"
	Reply       Action = "select.reply"
	Edit        Action = "select.edit"
	Delete      Action = "select.delete"
	Copy        Action = "select.copy"
	OpenLink    Action = "select.open_link"
	Raw         Action = "select.raw"
	Report      Action = "select.report"
	Search      Action = "select.search"
	SearchNext  Action = "select.search_next"
	SearchPrev  Action = "select.search_previous"
	SelectHelp  Action = "select.help"
	Command     Action = "select.command"
	LeaveSelect Action = "select.leave"

	Accept    Action = "dialog.accept"
	Dismiss   Action = "dialog.dismiss"
	NextField Action = "dialog.next"
	PrevField Action = "dialog.previous"

	ListUp       Action = "list.up"
	ListDown     Action = "list.down"
	ListPageUp   Action = "list.page_up"
	ListPageDown Action = "list.page_down"
	ListRetry    Action = "list.retry"
	ListDrop     Action = "list.drop"
)

// Context is where a can be asked for.
func (a Action) Context() Context {
	c, _, _ := strings.Cut(string(a), ".")
	return Context(c)
}

// texts reports whether printable characters are typed in c, so that no single
// one of them can be bound there.
func (c Context) texts() bool { return c != Select }

// together reports whether bindings of c and d are looked up for one key press
// without one going before the other, so that a key must not be in both.
func together(c, d Context) bool {
	if c == d {
		return true
	}
	screen := func(c Context) bool { return c != Dialog && c != List }
	wide := func(c Context) bool { return c == Global || c == Scroll }
	return screen(c) && screen(d) && (wide(c) || wide(d))
}
