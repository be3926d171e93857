// Package accounttest is what the tests of the accounts and of their rooms stand
// on: a database with the accounts' schema, a clock that a test moves, and those
// who stand for the chat service and the mail server.
//
// A Stage and what it gives belong to one test; Clock, Chat and Letters may be
// used by the goroutines that the test started.
package accounttest

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

// Cheap is what a password costs in tests.
var Cheap = password.Params{MemoryKiB: 8, Passes: 1, Threads: 1}

// Passwords that may be chosen.
const (
	Password = "a long and dull sentence"
	Another  = "another long and dull sentence"
)

// Log is one that nobody reads.
var Log = slog.New(slog.DiscardHandler)

// Stage is a database with what is around it.
type Stage struct {
	T     *testing.T
	DB    store.DB
	Dir   string // where the database lies
	Clock *Clock
	Chat  *Chat
	Mail  Letters
	Keys  *secret.Keys
}

// New makes a stage whose database holds no account. It is closed when t ends.
func New(t *testing.T) *Stage {
	t.Helper()
	keys := secret.NewKeys()
	s := &Stage{T: t, Dir: t.TempDir(), Clock: &Clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		Chat: newChat(), Mail: make(Letters, 100), Keys: &keys}
	var err error
	s.DB, err = store.OpenSQLite(t.Context(), filepath.Join(s.Dir, "accounts.db"), store.SQLiteOptions{})
	s.Must(err)
	t.Cleanup(func() { s.Must(s.DB.Close()) })
	s.Must(account.New(account.Config{DB: s.DB, Mail: s.Mail, Log: Log}).Migrate(t.Context()))
	return s
}

// Background runs something until the test ends or stop is called, whichever comes first.
func (s *Stage) Background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.T.Context()))
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() { cancel(); s.Must(<-ended) })
	s.T.Cleanup(stop)
	return stop
}

// Standings tells Chat of standings until the test ends.
func (s *Stage) Standings() *standing.Publisher {
	p := s.Publisher()
	s.Background(p.Run)
	return p
}

// Publisher is one of standings that is not run.
func (s *Stage) Publisher() *standing.Publisher {
	return standing.New(standing.Config{DB: s.DB, Publish: s.Chat.Publish, Applied: s.Chat.Applied, Log: Log,
		Living: func() (usedAfter, createdAfter api.Time) { return session.Living(s.Clock.Now()) }})
}

// Now is the moment that rows are written with.
func (s *Stage) Now() api.Time { return api.TimeOf(s.Clock.Now()) }

// Account makes an account with the address handle@example.org and no password.
func (s *Stage) Account(handle string) api.UserID {
	s.T.Helper()
	return s.Make(register.Entry{Handle: handle})
}

// Make makes the account of e, with an address of its own if e has none.
func (s *Stage) Make(e register.Entry) api.UserID {
	s.T.Helper()
	if e.Address == nil {
		at := e.Handle + "@example.org"
		e.Email, e.Address = &at, &at
	}
	e.User = api.NewUserID()
	s.Tx(func(tx store.Tx) error { return register.Create(tx, e, s.Now()) })
	return e.User
}

// Tx runs f in a transaction that has to be committed.
func (s *Stage) Tx(f func(store.Tx) error) {
	s.T.Helper()
	s.Must(s.DB.InTx(s.T.Context(), f))
}

// Must ends the test at an error.
func (s *Stage) Must(err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatal(err)
	}
}

// Refused checks that err is the problem code, and returns it.
func (s *Stage) Refused(err error, code string) *api.Problem {
	s.T.Helper()
	var p *api.Problem
	if !errors.As(err, &p) || p.Code != code {
		s.T.Fatalf("got %v, want the problem %s", err, code)
	}
	return p
}

// Row reads one text.
func (s *Stage) Row(query string, args ...any) (text string) {
	s.T.Helper()
	s.Must(s.DB.Read(s.T.Context(), func(tx store.Tx) error { return tx.Row(query, args...).Scan(&text) }))
	return text
}

// Count reads one number.
func (s *Stage) Count(query string, args ...any) (n int64) {
	s.T.Helper()
	s.Must(s.DB.Read(s.T.Context(), func(tx store.Tx) error { return tx.Row(query, args...).Scan(&n) }))
	return n
}

// Until asks again until the answer is yes, for a time that a busy machine needs.
func (s *Stage) Until(yes func() bool) {
	s.T.Helper()
	again, late := time.NewTicker(5*time.Millisecond), time.After(time.Minute)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-late:
			s.T.Fatal("it did not come about")
		}
	}
}

var digits = regexp.MustCompile(`\b\d{8}\b`)

// Letter waits for the next one and returns its text and the code in it, "" for none.
func (s *Stage) Letter() (text, code string) {
	s.T.Helper()
	select {
	case text = <-s.Mail:
		return text, digits.FindString(text)
	case <-time.After(time.Minute):
		s.T.Fatal("no letter came")
		return "", ""
	}
}

// Second is the error of a call whose answer is not looked at.
func Second[T any](_ T, err error) error { return err }
