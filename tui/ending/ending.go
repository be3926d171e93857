// Package ending is what is said when the session of a screen ends: why, what
// becomes of what is not sent, and the ways on. What a way leads to is the
// caller's matter, who gives the message for it.
package ending

import (
	"errors"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget/dialog"
	"github.com/chatctl/chatctl/tui/words"
)

// Loss asks whether to leave all the same, where n messages or other wishes are
// in no file. then is said by a yes.
func Loss(l dialog.Look, n int, then tea.Msg) dialog.Dialog {
	return dialog.Confirm(l, dialog.Question{
		Title: "not sent", Text: fmt.Sprintf("%d not sent, and in no file: that is lost when you leave.", n),
		Yes: "leave", Then: then, No: "stay",
	})
}

// Lost tells of what Loss would have asked about.
func Lost(n int) error {
	return fmt.Errorf("%d not sent, and lost: it was in no file", n)
}

// Ways are the messages of the ways on.
type Ways struct {
	Again  tea.Msg                  // to connect once more
	SignIn func(why string) tea.Msg // to the forms, which are told why; nil: nobody has a password
}

// Dialog says that the session of the account called name has ended and what
// becomes of what is not sent, and asks how to go on.
func Dialog(l dialog.Look, name string, err error, unsent string, w Ways) dialog.Dialog {
	again := dialog.Way{Letter: "r", Action: keymap.Reconnect, Help: "try again", Then: w.Again}
	var p *api.Problem
	signedOut := errors.As(err, &p) && p.Code == "signed_out"
	switch {
	case signedOut && w.SignIn == nil:
		return dialog.Confirm(l, dialog.Question{
			Title: "signed out", Text: "The session of " + name + " has ended, and nobody has a password to begin another: it is over.",
			Yes: "quit", Then: tea.QuitMsg{}, No: "close",
		})
	case signedOut:
		return dialog.Confirm(l, dialog.Question{
			Title: "signed out", Text: "The session of " + name + " has ended: it was revoked, or not used for long. " + unsent,
			Yes: "sign in again", Then: w.SignIn("the session has ended; sign in again"), No: "close", Ways: []dialog.Way{again},
		})
	}
	return dialog.Confirm(l, dialog.Question{
		Title: "disconnected", Text: words.Of(err) + ".\n\n" + unsent, No: "close", Ways: []dialog.Way{again},
	})
}
