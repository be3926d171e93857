// Package session is one account that talks: its connection, and its files on
// this machine (outbox, drafts, settings).
//
// Open starts the connection and takes the files; Close ends it and gives them
// back. A Session belongs to one screen; its commands may run anywhere.
package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/tui/draft"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2/maybe"
)

// Account is a sign-in to a server.
type Account struct {
	Profile string
	Server  string
	Handle  string
	Token   string
	Dir     string // where this profile's drafts, outbox and settings lie

	ReadOnly bool // nothing is changed at the server, and the outbox stays as it is
}

// Session is one account's connection and files, from Open until Close.
type Session struct {
	Account Account
	Link    *link.Link
	Drafts  *draft.Store // nil where they cannot be kept
	Saved   draft.All    // what Drafts held
	Muted   []string     // the keys of the muted conversations
	Notes   []string     // what people must know about how it opened

	client *client.Client
	outbox *outbox.Outbox

	stop  context.CancelFunc
	ran   chan struct{}
	ended tea.Msg // of the link, after ran
}

// Trouble tells that a command could not do its work.
type Trouble struct{ Err error }

// settings is what is kept of a profile's screen.
type settings struct {
	Muted []string `json:"muted,omitempty"`
}

// Open opens the account's files and connects until ctx ends or Close. What
// cannot be had is told in Notes: without its files the client still talks.
func Open(ctx context.Context, a Account, log *slog.Logger) (*Session, error) {
	c, err := client.New(client.Config{Server: a.Server, Token: a.Token, ReadOnly: a.ReadOnly})
	if err != nil {
		return nil, err
	}
	s := &Session{Account: a, client: c, ran: make(chan struct{})}
	if a.ReadOnly {
		s.outbox = outbox.Memory()
	} else {
		s.openOutbox(filepath.Join(a.Dir, "outbox"))
	}
	if s.Drafts, s.Saved, err = draft.Open(filepath.Join(a.Dir, "drafts.json")); err != nil {
		s.Notes = append(s.Notes, err.Error())
	}
	set, err := readSettings(filepath.Join(a.Dir, "settings.json"))
	if err != nil {
		s.Notes = append(s.Notes, err.Error())
	}
	s.Muted = set.Muted
	ctx, s.stop = context.WithCancel(ctx)
	s.Link = link.Open(ctx, c, s.outbox, log)
	go func() {
		defer close(s.ran)
		s.ended = s.Link.Run()
	}()
	return s, nil
}

// openOutbox takes the outbox on disk, or one in memory where it cannot be had.
func (s *Session) openOutbox(path string) {
	var err error
	if s.outbox, err = outbox.Open(path); err == nil {
		return
	}
	s.outbox = outbox.Memory()
	what := err.Error()
	if errors.Is(err, outbox.ErrLocked) {
		what = "this profile is open in another window"
	}
	s.Notes = append(s.Notes, what+": what is not sent when you quit here is lost")
}

// Over is the command that waits for the link's end, which it brings as link.Ended.
func (s *Session) Over() tea.Msg {
	<-s.ran
	return s.ended
}

// Close ends the connection and gives the files back. It waits for both.
func (s *Session) Close() error {
	s.stop()
	<-s.ran
	s.client.Close()
	return s.outbox.Close()
}

func readSettings(path string) (set settings, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return set, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &set)
	}
	if err != nil {
		return settings{}, fmt.Errorf("reading the settings of this profile: %w", err)
	}
	return set, nil
}

// Mute is the command that keeps which conversations are muted.
func (s *Session) Mute(keys []string) tea.Cmd {
	set := settings{Muted: keys}
	path := filepath.Join(s.Account.Dir, "settings.json")
	return func() tea.Msg {
		b, err := json.Marshal(set)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o700)
		}
		if err == nil {
			err = maybe.WriteFile(path, b, 0o600)
		}
		if err != nil {
			return Trouble{fmt.Errorf("keeping the settings of this profile: %w", err)}
		}
		return nil
	}
}
