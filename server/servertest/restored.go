package servertest

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/backup"
)

// Now is the moment in the history's time.
func (h *History) Now() time.Duration { return h.now() }

// Restored begins the history of a server that was restored from a backup which
// began at a moment of h: what had been answered by then is promised still, all
// else that had been asked for may have happened or not.
func (h *History) Restored(began time.Duration) *History {
	h.mu.Lock()
	defer h.mu.Unlock()
	after := &History{start: h.start}
	for _, x := range h.Asked {
		y := &Asked{Person: x.Person, Session: x.Session, Action: x.Action, At: x.At}
		if x.Answered != 0 && x.Answered < began {
			y.Accepted, y.Results, y.Answered = x.Accepted, x.Results, x.Answered
		}
		after.Asked = append(after.Asked, y)
	}
	return after
}

// Restore makes a data directory of the backup in dir, and erases the accounts in the lists.
func Restore(t *testing.T, dir string, lists ...string) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "restored")
	log := slog.New(slog.DiscardHandler)
	err := embedded.Fill(data, false, log, func(chatDB, accountsDB string) error {
		_, err := backup.Restore(t.Context(), dir, backup.Target{ChatDB: chatDB, AccountsDB: accountsDB}, lists, log)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Return signs a person in whose account is there already.
func (s *Server) Return(handle string) *Person {
	s.t.Helper()
	p := s.SignIn(handle, Password(handle))
	s.people[handle] = p
	return p
}
