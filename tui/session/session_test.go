package session_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/session"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A program that quits does not wait for the commands of its last keys.
func TestWhatWasAskedForRightBeforeTheEndIsKept(t *testing.T) {
	account := session.Account{Server: "http://127.0.0.1:1", Handle: "ada", Token: "token", Dir: t.TempDir()}
	open := func() *session.Session {
		t.Helper()
		s, err := session.Open(t.Context(), account, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := open()
	s.Link.Send(api.Action{Type: api.SendMessage, To: "bob", Text: "goodbye"})
	s.Link.Send(api.Action{Type: api.SendMessage, Text: "to nobody"})
	older := s.Mute([]string{"@bob"})
	s.Mute([]string{"@bob", "@eve"})
	if msg := older(); msg != nil {
		t.Error(msg)
	}
	s.Mute([]string{"@eve"})
	s.Opened("@cyd")
	s.Opened("@bob")
	if err := s.Close(); err == nil {
		t.Error("nothing is said of the message that cannot be sent")
	}

	s = open()
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if o := s.Link.Outbox(); len(o) != 1 || o[0].Action.Text != "goodbye" {
		t.Errorf("in the outbox are %+v", o)
	}
	if f := s.Link.Failures(); len(f) != 1 || f[0].Action.Text != "to nobody" {
		t.Errorf("failed have %+v", f)
	}
	if !slices.Equal(s.Muted, []string{"@eve"}) || s.Last != "@bob" {
		t.Errorf("muted are %v, and %s was open last", s.Muted, s.Last)
	}
}

func TestWhatIsChangedWhereAProfileIsOpenTwiceIsNotUndone(t *testing.T) {
	account := session.Account{Server: "http://127.0.0.1:1", Handle: "ada", Token: "token", Dir: t.TempDir()}
	open := func() *session.Session {
		s, err := session.Open(t.Context(), account, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second := open(), open()
	if first.Volatile || !second.Volatile || second.Drafts != nil || len(second.Notes) != 1 {
		t.Errorf("the second has drafts %v, volatile is %v, notes are %q", second.Drafts, second.Volatile, second.Notes)
	}
	first.Mute([]string{"@bob"})
	first.Opened("@bob")
	second.Opened("@eve")
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}
	again := open()
	if !slices.Equal(again.Muted, []string{"@bob"}) || again.Last != "@eve" {
		t.Errorf("muted are %v, and %s was open last", again.Muted, again.Last)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatCouldNotBeKeptIsKeptAtTheEnd(t *testing.T) {
	account := session.Account{Server: "http://127.0.0.1:1", Handle: "ada", Token: "token", Dir: t.TempDir()}
	s, err := session.Open(t.Context(), account, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	inTheWay := filepath.Join(account.Dir, "settings.json")
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, told := s.Mute([]string{"@eve"})().(session.Trouble); !told {
		t.Error("nothing is said of what cannot be kept")
	}
	if err := errors.Join(os.Remove(inTheWay), s.Close()); err != nil {
		t.Fatal(err)
	}
	s, err = session.Open(t.Context(), account, slog.New(slog.DiscardHandler))
	if err != nil || !slices.Equal(s.Muted, []string{"@eve"}) {
		t.Errorf("muted are %v, %v", s.Muted, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
