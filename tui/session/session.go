// Package session is one account that talks: its connection, and its files on
// this machine (outbox, drafts, settings).
//
// Open starts the connection and takes the files; Close ends it and gives them
// back. A Session belongs to one screen, which calls its methods one at a time;
// its commands may run anywhere.
package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

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
	Handle  string // "" where only the server knows whose Token it is
	Token   string
	Dir     string // where this profile's drafts, outbox and settings lie

	ReadOnly bool // nothing is changed at the server, and the outbox stays as it is
}

// Name is what people call the account: its handle, and what it may not do.
func (a Account) Name() string {
	name := "@" + a.Handle
	if a.Handle == "" {
		name = "a token's account"
	}
	if a.ReadOnly {
		name += " (read-only)"
	}
	return name
}

// Session is one account's connection and files, from Open until Close.
type Session struct {
	Account Account
	Link    *link.Link
	Drafts  *draft.Store // nil where they are not kept
	Saved   draft.All    // what Drafts held
	Muted   []string     // the keys of the muted conversations
	Last    string       // the key of the conversation that was open last; "": none was
	Notes   []string     // what people must know about how it opened

	Volatile bool // the outbox and what is being written are in no file, so that both end with the session

	client *client.Client
	outbox *outbox.Outbox

	stop context.CancelFunc
	run  *run // the latest

	mu      sync.Mutex
	kept    settings
	unsaved changes    // of kept, that are not on disk, nor on their way
	saving  sync.Mutex // held while it is written
}

// run is one run of the link, which ends when coming back is no use.
type run struct {
	over  chan struct{}
	ended tea.Msg // after over
}

// Trouble tells that a command could not do its work.
type Trouble struct{ Err error }

// settings is what is kept of a profile's screen.
type settings struct {
	Muted []string `json:"muted,omitempty"`
	Last  string   `json:"last,omitempty"`
}

// changes are the settings that were changed here. The others may have been
// elsewhere, where the profile is open, too.
type changes struct{ muted, last bool }

// Open opens the account's files and connects until ctx ends or Close. What
// cannot be had is told in Notes: without its files the client still talks.
func Open(ctx context.Context, a Account, log *slog.Logger) (*Session, error) {
	c, err := client.New(client.Config{Server: a.Server, Token: a.Token, ReadOnly: a.ReadOnly})
	if err != nil {
		return nil, err
	}
	s := &Session{Account: a, client: c}
	if a.ReadOnly {
		s.outbox = outbox.Memory()
	} else {
		s.openOutbox(filepath.Join(a.Dir, "outbox"))
	}
	if !s.Volatile { // whose outbox it is, theirs are the drafts
		if s.Drafts, s.Saved, err = draft.Open(filepath.Join(a.Dir, "drafts.json")); err != nil {
			s.Notes = append(s.Notes, err.Error())
		}
	}
	set, err := readSettings(filepath.Join(a.Dir, "settings.json"))
	if err != nil {
		s.Notes = append(s.Notes, err.Error())
	}
	s.kept, s.Muted, s.Last = set, set.Muted, set.Last
	ctx, s.stop = context.WithCancel(ctx)
	s.Link = link.Open(ctx, c, s.outbox, log)
	s.start()
	return s, nil
}

func (s *Session) start() {
	r := &run{over: make(chan struct{})}
	s.run = r
	go func() {
		defer close(r.over)
		r.ended = s.Link.Run()
	}()
}

// openOutbox takes the outbox on disk, or one in memory where it cannot be had.
func (s *Session) openOutbox(path string) {
	var err error
	s.outbox, err = outbox.Open(path)
	switch {
	case errors.Is(err, outbox.ErrDamaged): // and it is good now
		s.Notes = append(s.Notes, err.Error())
		return
	case err == nil:
		return
	}
	s.outbox, s.Volatile = outbox.Memory(), true
	what := err.Error()
	if errors.Is(err, outbox.ErrLocked) {
		what = "this profile is open elsewhere, too"
	}
	s.Notes = append(s.Notes, what+": what is unsent or being written here when you quit is lost")
}

// Losing is how many messages and other wishes are lost when the session is closed now.
func (s *Session) Losing() int {
	if !s.Volatile {
		return 0
	}
	n := len(s.Link.Failures())
	for _, it := range s.Link.Outbox() {
		if !it.Accepted {
			n++
		}
	}
	return n
}

// Over returns the command that waits for the link's end, which it brings as link.Ended.
func (s *Session) Over() tea.Cmd {
	r := s.run
	return func() tea.Msg {
		<-r.over
		return r.ended
	}
}

// Again connects once more, as if the session had never ended, or sooner than
// it would by itself. The command is Over's, nil where the link has not ended.
func (s *Session) Again() tea.Cmd {
	select {
	case <-s.run.over:
		s.start()
		return s.Over()
	default:
		s.Link.Hurry()
		return nil
	}
}

// Close ends the connection and gives the files back. What was asked for is in
// them, whether or not its command came to run.
func (s *Session) Close() error {
	s.stop()
	<-s.run.over
	s.client.Close()
	return errors.Join(s.Link.Flush(), s.save(), s.outbox.Close())
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

// Mute takes which conversations are muted, and returns the command that keeps
// them, which Close does, too.
func (s *Session) Mute(keys []string) tea.Cmd {
	s.mu.Lock()
	s.kept.Muted, s.unsaved.muted = keys, true
	s.mu.Unlock()
	return func() tea.Msg {
		if err := s.save(); err != nil {
			return Trouble{err}
		}
		return nil
	}
}

// Opened takes which conversation is open, which Close keeps.
func (s *Session) Opened(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept.Last != key {
		s.kept.Last, s.unsaved.last = key, true
	}
}

// save writes the settings that are not kept yet.
func (s *Session) save() error {
	s.saving.Lock() // so that the newest are the last
	defer s.saving.Unlock()
	s.mu.Lock()
	set, unsaved := s.kept, s.unsaved
	s.unsaved = changes{}
	s.mu.Unlock()
	if unsaved == (changes{}) {
		return nil
	}
	path := filepath.Join(s.Account.Dir, "settings.json")
	if disk, err := readSettings(path); err == nil {
		set = unsaved.over(disk, set)
	}
	b, err := json.Marshal(set)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = maybe.WriteFile(path, b, 0o600)
	}
	if err != nil {
		s.mu.Lock()
		s.unsaved = changes{s.unsaved.muted || unsaved.muted, s.unsaved.last || unsaved.last} // Close tries again
		s.mu.Unlock()
		return fmt.Errorf("keeping the settings of this profile: %w", err)
	}
	return nil
}

// over is what is on disk with what was changed here.
func (c changes) over(disk, here settings) settings {
	if c.muted {
		disk.Muted = here.Muted
	}
	if c.last {
		disk.Last = here.Last
	}
	return disk
}
