package servertest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/backup"
)

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
