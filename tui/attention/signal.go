package attention

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api/text"
)

// commandWithin is how long the command of a ring may take.
const commandWithin = 10 * time.Second

// Signals is how to ring.
type Signals struct {
	Bell    bool     // the terminal's bell
	OSC9    bool     // a desktop notification (iTerm2, kitty, WezTerm, Windows Terminal)
	OSC777  bool     // another kind of the same (foot, urxvt, VTE)
	Command []string // a program and its arguments; it finds the words in CHATCTL_TITLE and CHATCTL_BODY
	Environ []string // of Command
	// Terminal takes whole sequences in single writes, so that none comes into the middle of the screen's.
	Terminal io.Writer
}

// Tell rings for note. It waits for the command, if there is one.
func (s Signals) Tell(ctx context.Context, note Note) error {
	if b := s.sequence(note); b != "" {
		if _, err := io.WriteString(s.Terminal, b); err != nil {
			return fmt.Errorf("ringing: %w", err)
		}
	}
	if len(s.Command) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, commandWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...)
	cmd.Env = append(s.Environ, "CHATCTL_TITLE="+shown(note.Title), "CHATCTL_BODY="+shown(note.Body))
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the notification command %s: %w", s.Command[0], err)
	}
	return nil
}

func (s Signals) sequence(note Note) string {
	var b strings.Builder
	if s.Bell {
		b.WriteByte('\a')
	}
	if s.OSC9 {
		fmt.Fprintf(&b, "\x1b]9;%s: %s\x1b\\", shown(note.Title), shown(note.Body))
	}
	if s.OSC777 {
		// The parts are told apart by semicolons, so that the title has none.
		fmt.Fprintf(&b, "\x1b]777;notify;%s;%s\x1b\\", strings.ReplaceAll(shown(note.Title), ";", ","), shown(note.Body))
	}
	return b.String()
}

// shown is a stranger's text for another program: one short line without controls.
func shown(s string) string { return text.Clip(s, 120) }

func more(title string, others int) string {
	return fmt.Sprintf("%s (and %d more)", text.Clip(title, 60), others)
}

// Title is the window's title: how much is unread, and who.
func Title(unread int64, handle string) string {
	title := "chatctl"
	if handle != "" {
		title = "@" + text.Clip(handle, 40) + " · " + title
	}
	if unread > 0 {
		title = fmt.Sprintf("(%d) %s", unread, title)
	}
	return title
}
