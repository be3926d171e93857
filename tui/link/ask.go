package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
)

// Answer is what a command came to, with whose it is: one that was begun for an
// account may end when that was left for another.
type Answer struct {
	Link *Link
	Msg  tea.Msg // Page, Single, Members, Own, Blocked, SignIns, Exported, Unkept or Dropped
}

// ask is a question with its time.
func (l *Link) ask(f func(ctx context.Context) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(l.life, answerWithin)
		defer cancel()
		return Answer{l, f(ctx)}
	}
}

// Passing reports whether what ended in err may go well a little later.
func Passing(err error) bool {
	var p *api.Problem
	return !errors.As(err, &p) || p.Status >= 500 || p.Status == http.StatusTooManyRequests || p.Status == http.StatusRequestTimeout
}

// Single answers Message: zero where the reader may not read it, or there is none.
type Single struct {
	Conversation api.ConversationID
	Seq          int64
	Entry        api.Entry
	Err          error
}

// Message reads one message as it stands now.
func (l *Link) Message(c api.ConversationID, seq int64) tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		p, err := l.client.Messages(ctx, c, seq+1, 0, 1) // the latest before the next
		s := Single{Conversation: c, Seq: seq, Err: err}
		if err == nil && len(p.Entries) > 0 && p.Entries[0].Seq == seq {
			s.Entry = p.Entries[0]
		}
		return s
	})
}

// Members answers People.
type Members struct {
	Conversation api.ConversationID
	Members      []api.Member
	Err          error
}

// People reads who is and was in a conversation.
func (l *Link) People(c api.ConversationID) tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		m, err := l.client.Members(ctx, c)
		return Members{c, m, err}
	})
}

// Own answers Me.
type Own struct {
	Me  api.Me
	Err error
}

// Me reads whose session it is.
func (l *Link) Me() tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		me, err := l.client.Me(ctx)
		return Own{me, err}
	})
}

// Blocked answers Blocks.
type Blocked struct {
	Blocks []api.Block
	Err    error
}

// Blocks reads whom the account blocks.
func (l *Link) Blocks() tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		b, err := l.client.Blocks(ctx)
		return Blocked{b, err}
	})
}

// SignIns answers Sessions and EndSession.
type SignIns struct {
	Sessions []api.Session
	Err      error
}

// Sessions reads the account's sign-ins.
func (l *Link) Sessions() tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		s, err := l.client.Sessions(ctx)
		return SignIns{s, err}
	})
}

// EndSession ends one of them, and reads which are left.
func (l *Link) EndSession(id api.SessionID) tea.Cmd {
	return l.ask(func(ctx context.Context) tea.Msg {
		if err := l.client.EndSession(ctx, id); err != nil {
			return SignIns{Err: err}
		}
		s, err := l.client.Sessions(ctx)
		return SignIns{s, err}
	})
}

// Exported answers Export.
type Exported struct {
	Path string
	Err  error
}

// Export writes all that the server has of the account to a new file at path.
// A file that is there is not touched, and an export that breaks off leaves none.
func (l *Link) Export(path string) tea.Cmd {
	return func() tea.Msg {
		return Answer{l, Exported{path, newFile(path, func(w io.Writer) error { return l.client.Export(l.life, w) })}}
	}
}

func newFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	var why *fs.PathError
	if errors.As(err, &why) {
		err = why.Err // the path has no room in a bar
	}
	if err != nil {
		return fmt.Errorf("making %s: %w", filepath.Base(path), err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path) //nolint:errcheck // err says why it is of no use
	}
	return err
}
