// Package chat is the screen of one account.
//
// Its model only routes and lays out. What it shows is the children's matter
// (rail, thread, composer, status, dialogs), what it knows of conversations is the
// feed's, and the server is link's: all I/O is in commands. A child cannot see
// it; what a child wants it says in a message, which becomes a command here.
//
// New starts nothing; Close ends what the model's commands have opened. A Model
// belongs to one program.
package chat

import (
	"log/slog"
	"time"

	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/chatctl/chatctl/tui/widget"
)

// Config is what the screen is given.
type Config struct {
	Account  session.Account
	Begin    string // the name (#ops, @bob) of the conversation to open first; "": none
	Keys     *keymap.Map
	Terminal widget.Terminal
	Signals  attention.Signals // how to ring; its Terminal also gets the clipboard's sequences
	Shell    bool              // one is there to go back to, and from
	Guest    bool              // nobody has the account's password: when its session ends, it is over
	Editor   string            // the command of $VISUAL or $EDITOR
	Opener   []string          // the command that opens a link, which is put behind it; none: links are only copied
	Notes    []string          // what people must know about how they came here
	Exports  string            // the directory that exports are written to
	Location *time.Location    // of the times on the screen
	Log      *slog.Logger      // never the terminal
}

// What the screen asks of the program around it.
type (
	// SignIn asks for the forms: the account's session has ended, which Why says.
	SignIn struct {
		Account session.Account
		Why     string
	}
	// Switch asks to go on as another profile; without a name, which there are.
	Switch struct{ Profile string }
	// Profiles answers Switch: the names, or why it cannot be done.
	Profiles struct {
		Names []string
		Err   error
	}
)
