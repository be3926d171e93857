// Package tui is `chatctl tui`, the chat client on a full screen: the forms to
// sign in, then the screen of an account, and the way from one to another.
//
// Run owns all that it starts: when it returns, connections are closed and
// drafts are kept. Where sign-ins are kept and mail is read is handed in.
package tui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/session"
)

// Config is what the client is given.
type Config struct {
	Chat    chat.Config      // of every account's screen, but for Account
	Account *session.Account // whom to begin with; nil: sign in first
	Server  string           // to sign in to
	Device  string           // how the list of sessions calls this program

	// Keep keeps a new sign-in as a profile: as the one called instead, whose
	// session has ended, where it is the same account's. It may be called from any
	// goroutine, one at a time.
	Keep func(server, instead string, in api.SignedIn) (session.Account, error)
	// Profile reads another profile, of whose names Profiles lists all. The same holds.
	Profile  func(name string) (session.Account, error)
	Profiles func() ([]string, error)
	// Mailbox waits for a code in a development mailbox, as signin.Config says; nil: there is none.
	Mailbox func(ctx context.Context, email string) func(context.Context) (string, error)
}

// Run shows the client on the terminal in and out until the person quits, or ctx
// ends: then it returns what ended it. Signals are the caller's matter.
func Run(ctx context.Context, cfg Config, in io.Reader, out io.Writer) error {
	life, cancel := context.WithCancel(ctx)
	defer cancel()
	m := New(life, cfg)
	if f, ok := out.(terminal); ok {
		out = unwrapped{f}
	}
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithoutSignalHandler(), tea.WithInput(in), tea.WithOutput(out),
		tea.WithAltScreen(), tea.WithReportFocus(), tea.WithMouseCellMotion(), tea.WithFPS(30))
	_, err := p.Run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	cancel()
	if err := errors.Join(err, m.Close()); err != nil {
		return fmt.Errorf("the chat client: %w", err)
	}
	return nil
}
