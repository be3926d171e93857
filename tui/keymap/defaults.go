package keymap

// binding is one action with the words of the help page and its keys in the two
// sets. Where vim is nil it has the default's keys.
type binding struct {
	action   Action
	help     string
	standard []string
	vim      []string
}

// bindings is every action, in the order of the help page.
func bindings() []binding {
	return []binding{
		{Help, "this page", []string{"f1", "alt+?"}, nil},
		{Switcher, "go to a conversation by name", []string{"alt+k"}, nil},
		{NextUnread, "next conversation with something unread", []string{"alt+a"}, nil},
		{NextMention, "next conversation that mentions you", []string{"alt+m"}, nil},
		{NextRoom, "next conversation", []string{"alt+down", "alt+n"}, nil},
		{PrevRoom, "previous conversation", []string{"alt+up", "alt+p"}, nil},
		{Outbox, "what is not sent yet", []string{"alt+o"}, nil},
		{Reconnect, "connect now, where there is no connection", []string{"ctrl+r"}, nil},
		{ToggleRail, "show or hide the conversations", []string{"alt+r"}, nil},
		{Redraw, "draw the screen anew", []string{"ctrl+l"}, nil},
		{Suspend, "back to the shell, until fg", []string{"ctrl+z"}, nil},
		{Quit, "quit", []string{"ctrl+c", "ctrl+q"}, nil},

		{PageUp, "a page back", []string{"pgup"}, []string{"pgup", "ctrl+b"}},
		{PageDown, "a page on", []string{"pgdown"}, []string{"pgdown"}},
		{LineUp, "a line back", []string{"ctrl+up", "shift+up"}, nil},
		{LineDown, "a line on", []string{"ctrl+down", "shift+down"}, nil},
		{FirstUnread, "to the first unread message", []string{"alt+u"}, nil},
		{Present, "to the present", []string{"alt+end", "ctrl+end"}, []string{"alt+end", "ctrl+end", "alt+G"}},

		{Send, "send", []string{"enter"}, nil},
		{Newline, "a new line", []string{"alt+enter", "ctrl+j"}, nil},
		{Cancel, "give up the reply or the edit", []string{"esc"}, nil},
		{Editor, "write in $EDITOR", []string{"ctrl+x ctrl+e"}, nil},
		{Complete, "complete / @ # and :emoji:", []string{"tab"}, nil},
		{Undo, "undo", []string{"ctrl+_", "ctrl+x ctrl+u"}, nil},
		{Redo, "redo", []string{"alt+_", "ctrl+x ctrl+r"}, nil},
		{CharLeft, "left", []string{"left", "ctrl+b"}, []string{"left"}},
		{CharRight, "right", []string{"right", "ctrl+f"}, nil},
		{CursorUp, "up", []string{"up", "ctrl+p"}, nil},
		{CursorDown, "down", []string{"down", "ctrl+n"}, nil},
		{WordLeft, "a word left", []string{"alt+b", "alt+left", "ctrl+left"}, nil},
		{WordRight, "a word right", []string{"alt+f", "alt+right", "ctrl+right"}, nil},
		{LineStart, "start of the line", []string{"home", "ctrl+a"}, nil},
		{LineEnd, "end of the line", []string{"end", "ctrl+e"}, nil},
		{TextStart, "start of the text", []string{"alt+<", "ctrl+home"}, nil},
		{TextEnd, "end of the text", []string{"alt+>"}, nil},
		{DeleteBack, "delete the character before", []string{"backspace", "ctrl+h"}, nil},
		{DeleteForward, "delete the character under the cursor", []string{"delete", "ctrl+d"}, nil},
		{KillLine, "cut to the end of the line", []string{"ctrl+k"}, nil},
		{KillLineBack, "cut to the start of the line", []string{"ctrl+u"}, nil},
		{KillWord, "cut the word after", []string{"alt+d"}, nil},
		{KillWordBack, "cut the word before", []string{"ctrl+w", "alt+backspace"}, nil},
		{Yank, "insert what was cut", []string{"ctrl+y"}, nil},
		{YankPop, "after that: what was cut before", []string{"alt+y"}, nil},
		{TransposeChars, "swap two characters", []string{"ctrl+t"}, nil},

		{EnterSelect, "select messages", []string{"up"}, []string{"up", "esc"}},

		{PopupNext, "next completion", []string{"down", "ctrl+n"}, nil},
		{PopupPrev, "previous completion", []string{"up", "ctrl+p"}, nil},
		{PopupAccept, "take the completion", []string{"tab", "enter"}, nil},
		{PopupClose, "close the completions", []string{"esc"}, nil},

		{SelectUp, "the message before", []string{"up", "k"}, nil},
		{SelectDown, "the message after", []string{"down", "j"}, nil},
		{SelectFirst, "the first message that is loaded", []string{"home", "g"}, []string{"home", "g g"}},
		{SelectLast, "the last message", []string{"end", "G"}, nil},
		{Reply, "reply", []string{"r", "enter"}, nil},
		{Edit, "edit an own message", []string{"e"}, []string{"e", "c c"}},
		{Delete, "delete a message", []string{"d"}, []string{"d d"}},
		{Copy, "copy the text", []string{"c"}, []string{"y"}},
		{OpenLink, "open the link", []string{"o"}, []string{"o", "g x"}},
		{Raw, "the text as it was sent", []string{"v"}, nil},
		{Report, "report to the administrators", []string{"R"}, nil},
		{Search, "search what is loaded", []string{"/"}, nil},
		{SearchNext, "the next that is found", []string{"n"}, nil},
		{SearchPrev, "the one found before", []string{"N"}, nil},
		{Command, "write a command", []string{":"}, nil},
		{SelectHelp, "this page", []string{"?"}, nil},
		{LeaveSelect, "back to writing", []string{"esc", "q"}, []string{"i", "a", "esc", "q"}},

		{Accept, "accept", []string{"enter"}, nil},
		{Dismiss, "close", []string{"esc", "ctrl+c"}, nil},
		{NextField, "next field", []string{"tab", "down"}, nil},
		{PrevField, "previous field", []string{"shift+tab", "up"}, nil},

		{ListUp, "up", []string{"up", "ctrl+p"}, []string{"up", "ctrl+p", "ctrl+k"}},
		{ListDown, "down", []string{"down", "ctrl+n"}, []string{"down", "ctrl+n", "ctrl+j"}},
		{ListPageUp, "a page up", []string{"pgup"}, []string{"pgup", "ctrl+b"}},
		{ListPageDown, "a page down", []string{"pgdown"}, []string{"pgdown", "ctrl+f"}},
		{ListRetry, "try again", []string{"alt+r", "ctrl+r"}, nil},
		{ListDrop, "drop", []string{"delete", "alt+d"}, nil},
	}
}

// contexts are the headings of the help page, in its order.
var contexts = []struct {
	context Context
	heading string
}{
	{Global, "Anywhere"},
	{Scroll, "Moving"},
	{Composer, "Writing"},
	{Empty, "With nothing written"},
	{Popup, "Completions"},
	{Select, "A message selected"},
	{Dialog, "Dialogs"},
	{List, "Lists"},
}
