package server_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// TestADamagedDirectoryIsRefusedAndTheWayOutWorks damages a data directory by
// hand: the start is refused and names the way out, which gives the store a new
// epoch (promises, rule 22) and goes on where the database stands.
func TestADamagedDirectoryIsRefusedAndTheWayOutWorks(t *testing.T) {
	for _, c := range []struct {
		name, says string
		older      []string // files put back as they were some messages ago
		harm       func(t *testing.T, data string)
	}{
		{name: "the log is gone", says: "messages are gone", harm: func(t *testing.T, data string) {
			remove(t, filepath.Join(data, "jetstream"))
		}},
		{name: "message files are gone", says: "went backwards", harm: func(t *testing.T, data string) {
			remove(t, blocks(t, data, "actions_chat")...)
		}},
		{name: "the last message file is cut", says: "went backwards", harm: func(t *testing.T, data string) {
			b := blocks(t, data, "actions_chat")
			if err := os.Truncate(b[len(b)-1], 100); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "a byte of the log is another", says: "went backwards", harm: func(t *testing.T, data string) {
			flip(t, blocks(t, data, "actions_chat"))
		}},
		{name: "the database's WAL is cut", says: "older position", harm: func(t *testing.T, data string) {
			if err := os.Truncate(filepath.Join(data, "chat.db-wal"), 100); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "the accounts' log is gone", says: "accounts", harm: func(t *testing.T, data string) {
			remove(t, blocks(t, data, "accounts")...)
		}},
		{name: "the database is gone", says: "older position", harm: func(t *testing.T, data string) {
			remove(t, databases(data)...)
		}},
		{name: "database and log are gone", says: "knows nothing of the log", harm: func(t *testing.T, data string) {
			remove(t, append(databases(data), filepath.Join(data, "jetstream"))...)
		}},
		{name: "an older log under a newer database", says: "log was refused: it went backwards", older: []string{"jetstream"}},
		{name: "an older database under a newer log", says: "database went backwards", older: []string{"chat.db", "chat.db-wal", "chat.db-shm"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.Process(t, servertest.Options{})
			p := srv.People("ada", "bob")
			talk(p, 10)
			epoch := p[0].Connect().Kind(api.FrameHello).Epoch
			srv.Kill()
			older := copied(t, srv.Data(), c.older)
			restart(t, srv)
			talk(p, 10)
			srv.Kill()
			for _, name := range c.older {
				remove(t, filepath.Join(srv.Data(), name))
			}
			restore(t, older, srv.Data())
			if c.harm != nil {
				c.harm(t, srv.Data())
			}

			told := checked(t, srv.Data()) // before the start, which cuts off what is broken
			err := srv.Restart()
			if err == nil || told == nil || !strings.Contains(err.Error(), told.Error()) {
				t.Errorf("doctor says %v and the start %v", told, err)
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--accept-log-loss") {
				t.Fatalf("the start was not refused for %q: %v", c.says, err)
			}
			acceptLoss(t, srv.Data())
			restart(t, srv)
			if again := p[0].Connect().Kind(api.FrameHello).Epoch; again == epoch {
				t.Error("clients would not start from the heads: the epoch is the same")
			}
			talk(p, 3)
			srv.Kill() // what was made anew is whole
			if err := checked(t, srv.Data()); err != nil {
				t.Errorf("doctor refuses what starts: %v", err)
			}
			restart(t, srv)
			if err := checked(t, srv.Data()); !errors.Is(err, embedded.ErrUnchecked) {
				t.Errorf("doctor looked at the log of a server that runs: %v", err)
			}
			talk(p, 3)
		})
	}
}

// talk lets both write to each other.
func talk(p []*servertest.Person, n int) {
	for range n {
		p[0].Must(api.Action{Type: api.SendMessage, To: p[1].Handle, Text: "hello"})
		p[1].Must(api.Action{Type: api.SendMessage, To: p[0].Handle, Text: "hello to you"})
	}
}

func restart(t *testing.T, srv *servertest.Server) {
	t.Helper()
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
}

// acceptLoss is chatctl doctor --accept-log-loss.
func acceptLoss(t *testing.T, data string) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	engines, err := embedded.OpenEngines(t.Context(), embedded.Config{Data: data}, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.AcceptLogLoss(t.Context(), engines.Server(), log); err != nil {
		t.Error(err)
	}
	if err := engines.Close(); err != nil {
		t.Error(err)
	}
}

// checked is what chatctl doctor says of a start, which changes nothing.
func checked(t *testing.T, data string) error {
	t.Helper()
	before := contents(t, data)
	scratch := t.TempDir()
	err := embedded.Check(t.Context(), embedded.Config{Data: data}, scratch)
	if !errors.Is(err, embedded.ErrUnchecked) && !maps.Equal(before, contents(t, data)) {
		t.Error("doctor has changed the directory")
	}
	if left := contents(t, scratch); len(left) > 0 {
		t.Errorf("doctor left %d files", len(left))
	}
	return err
}

// contents are the files under dir, without those that a server which runs takes away meanwhile.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		var b []byte
		if err == nil && d.Type().IsRegular() && d.Name() != "ballast" {
			if b, err = os.ReadFile(path); err == nil {
				files[path] = string(b)
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// flip turns a byte in the middle of the last file round.
func flip(t *testing.T, files []string) {
	t.Helper()
	path := files[len(files)-1]
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 0xff
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func blocks(t *testing.T, data, stream string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "jetstream", "jetstream", "*", "streams", stream+"_*", "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no message files of %s: %v", stream, err)
	}
	return files
}

func databases(data string) []string {
	base := filepath.Join(data, "chat.db")
	return []string{base, base + "-wal", base + "-shm"}
}

func remove(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
}

// copied keeps names of a directory aside.
func copied(t *testing.T, data string, names []string) (aside string) {
	t.Helper()
	aside = t.TempDir()
	for _, name := range names {
		from, to := filepath.Join(data, name), filepath.Join(aside, name)
		info, err := os.Stat(from)
		switch {
		case errors.Is(err, fs.ErrNotExist): // of a database that was closed
			continue
		case err == nil && info.IsDir():
			err = os.CopyFS(to, os.DirFS(from))
		case err == nil:
			copyFile(t, from, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return aside
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func restore(t *testing.T, aside, data string) {
	t.Helper()
	entries, err := os.ReadDir(aside)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(aside, e.Name()), filepath.Join(data, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOlderAccountsAreRefused puts an old copy of the accounts back alone, by
// which a suspension would be undone that was acknowledged (promise R).
func TestOlderAccountsAreRefused(t *testing.T) {
	accounts := []string{"accounts.db", "accounts.db-wal", "accounts.db-shm"}
	for name, change := range map[string]func(*servertest.Server){
		"a suspension": func(srv *servertest.Server) { srv.Admin("POST", "/admin/v1/users/bob/suspend", nil, nil) },
		"an erasure":   func(srv *servertest.Server) { srv.Admin("DELETE", "/admin/v1/users/bob", nil, nil) },
		"a password, by who has one session": func(srv *servertest.Server) {
			body := map[string]any{"password": servertest.Password("bob"), "new_password": "another horse of bob"}
			if status, problem := srv.Person("bob").HTTP("POST", "/v1/me/password", body, nil); status != 204 {
				t.Errorf("the password was not changed: %d %v", status, problem)
			}
		},
		"somebody new": func(srv *servertest.Server) { srv.Person("cleo") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.Process(t, servertest.Options{})
			p := srv.People("ada", "bob")
			talk(p, 1)
			srv.Kill()
			older := copied(t, srv.Data(), accounts)
			restart(t, srv)
			change(srv)
			srv.Kill()
			newer := copied(t, srv.Data(), accounts)
			for _, name := range accounts {
				remove(t, filepath.Join(srv.Data(), name))
			}
			restore(t, older, srv.Data())
			err := srv.Restart()
			if err == nil || !strings.Contains(err.Error(), "older than chat's database") || !strings.Contains(err.Error(), "backup restore") {
				t.Fatalf("older accounts were not refused: %v", err)
			}
			for _, name := range accounts {
				remove(t, filepath.Join(srv.Data(), name))
			}
			restore(t, newer, srv.Data())
			restart(t, srv)
		})
	}
}
