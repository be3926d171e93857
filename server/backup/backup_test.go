package backup_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/backup"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/store"
)

// world is a server's two databases with some accounts.
type world struct {
	t        *testing.T
	src      backup.Source
	accounts *account.Service
	users    map[string]api.User
}

func openDB(t *testing.T, path string) store.DB {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), path, store.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func newWorld(t *testing.T, handles ...string) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t: t, users: map[string]api.User{}}
	w.src = backup.Source{Chat: openDB(t, filepath.Join(dir, "c.db")), Accounts: openDB(t, filepath.Join(dir, "a.db")), Version: "test"}
	s := chat.New(chat.Config{DB: w.src.Chat})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{topic.ActionsChat, topic.Accounts} {
		if _, err := s.Positions(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	w.accounts = accountsOf(t, w.src.Accounts, func(context.Context, api.UserID, int64) error { return nil })
	for _, h := range handles {
		u, err := w.accounts.As("test").CreateUser(t.Context(), register.Applicant{Handle: h, Email: h + "@example.org", Password: "a long and dull sentence"})
		if err != nil {
			t.Fatal(err)
		}
		w.users[h] = u
	}
	return w
}

func accountsOf(t *testing.T, db store.DB, applied func(context.Context, api.UserID, int64) error) *account.Service {
	t.Helper()
	s := account.New(account.Config{DB: db, Log: slog.New(slog.DiscardHandler), Hash: account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1},
		Publish: func(context.Context, []bus.Record) error { return nil }, Applied: applied})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) backup() string {
	w.t.Helper()
	dir := filepath.Join(w.t.TempDir(), "backup")
	if _, err := backup.Create(w.t.Context(), w.src, dir); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

func restore(t *testing.T, dir string, lists ...string) (store.DB, store.DB, error) {
	t.Helper()
	to := t.TempDir()
	target := backup.Target{ChatDB: filepath.Join(to, "chat.db"), AccountsDB: filepath.Join(to, "accounts.db")}
	if _, err := backup.Restore(t.Context(), dir, target, lists, slog.New(slog.DiscardHandler)); err != nil {
		return nil, nil, err
	}
	return openDB(t, target.ChatDB), openDB(t, target.AccountsDB), nil
}

func TestEveryDamageIsFoundAndTheFileNamed(t *testing.T) {
	w := newWorld(t, "ada", "bob")
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 0x40; return b }
	}
	for _, c := range []struct {
		name, file string
		damage     func([]byte) []byte
		want       string
	}{
		{"a flipped bit in a page", "chat.db", flip(9000), "chat.db: damaged"},
		{"a flipped bit in the accounts", "accounts.db", flip(5000), "accounts.db: damaged"},
		{"a database cut short", "accounts.db", func(b []byte) []byte { return b[:len(b)-4096] }, "accounts.db: damaged"},
		{"a database that grew", "chat.db", func(b []byte) []byte { return append(b, 0) }, "chat.db: damaged"},
		{"no database", "chat.db", nil, "chat.db: "},
		{"another count", "manifest.json", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"accounts": 2`, `"accounts": 3`, 1))
		}, "manifest.json: damaged"},
		{"a manifest that is none", "manifest.json", func([]byte) []byte { return []byte("{}") }, "manifest.json: damaged"},
		{"half a manifest", "manifest.json", func(b []byte) []byte { return b[:len(b)/2] }, "manifest.json: damaged"},
		{"no manifest", "manifest.json", nil, "no manifest.json"},
		{"a newer manifest", "manifest.json", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"format": 1`, `"format": 2`, 1))
		}, "manifest.json: made by a newer chatctl"},
		{"no sums", "SHA256SUMS", nil, "SHA256SUMS: "},
		{"other sums", "SHA256SUMS", flip(3), "chat.db: damaged, or SHA256SUMS is"},
		{"no list of erased accounts", "erased.jsonl", nil, "erased.jsonl: "},
		{"a damaged list", "erased.jsonl", func([]byte) []byte { return []byte("{\"user\":\n") }, "erased.jsonl: line 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := w.backup()
			if _, err := backup.Check(t.Context(), dir); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, c.file)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.damage == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, c.damage(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Check(t.Context(), dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("check: %v, want %q", err, c.want)
			}
			if _, _, err := restore(t, dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("restore: %v, want %q", err, c.want)
			}
		})
	}
}

// TestWhatMustBeSoAndIsNotIsFound makes backups of databases that break the promises.
func TestWhatMustBeSoAndIsNotIsFound(t *testing.T) {
	const conversation = `INSERT INTO conversations (id, kind, name, history, members, joins, last_seq, last_ord, last_at, pos) VALUES ($1, 'group', '', 'all', 1, 1, $2, $3, 0, 0)`
	const entry = `INSERT INTO entries (conversation, seq, ord, kind, id, sender, member, hash, at, body) VALUES ($1, $2, $3, $4, $5, $5, $5, x'', 0, x'')`
	const member = `INSERT INTO members (conversation, person, member, role, present, joined, read_seq, read_ord, received_seq, end_seq, end_ord, end_at, version)
		VALUES ($1, $2, $3, 'member', TRUE, 1, $4, 0, 0, 0, 0, 0, 1)`
	id := func() []byte { u := api.NewUserID(); return u[:] }
	for _, c := range []struct {
		want string
		make func(tx store.Tx, c []byte, ada api.UserID) error
	}{
		{"", func(tx store.Tx, c []byte, ada api.UserID) error {
			return do(tx, call{conversation, []any{c, 2, 1}}, call{entry, []any{c, 1, 0, "create", id()}}, call{entry, []any{c, 2, 1, "message", id()}}, call{member, []any{c, ada, id(), 2}})
		}},
		{"has seq 3, ord 1 where 2, 1 belong", func(tx store.Tx, c []byte, _ api.UserID) error {
			return do(tx, call{conversation, []any{c, 3, 1}}, call{entry, []any{c, 1, 0, "create", id()}}, call{entry, []any{c, 3, 1, "message", id()}})
		}},
		{"has seq 2, ord 2 where 2, 1 belong", func(tx store.Tx, c []byte, _ api.UserID) error {
			return do(tx, call{conversation, []any{c, 2, 2}}, call{entry, []any{c, 1, 0, "create", id()}}, call{entry, []any{c, 2, 2, "message", id()}})
		}},
		{"ends at seq 1, ord 0, and says 2, 1", func(tx store.Tx, c []byte, _ api.UserID) error {
			return do(tx, call{conversation, []any{c, 2, 1}}, call{entry, []any{c, 1, 0, "create", id()}})
		}},
		{"1 conversations have places and no entry", func(tx store.Tx, c []byte, _ api.UserID) error {
			return do(tx, call{conversation, []any{c, 2, 1}})
		}},
		{"1 entries are of no conversation", func(tx store.Tx, c []byte, _ api.UserID) error {
			return do(tx, call{entry, []any{c, 1, 0, "create", id()}})
		}},
		{"1 marks lie beyond the last entry", func(tx store.Tx, c []byte, ada api.UserID) error {
			return do(tx, call{conversation, []any{c, 1, 0}}, call{entry, []any{c, 1, 0, "create", id()}}, call{member, []any{c, ada, id(), 2}})
		}},
		{"accounts.db: 1 people whom chat names have no account", func(tx store.Tx, c []byte, _ api.UserID) error {
			return do(tx, call{conversation, []any{c, 1, 0}}, call{entry, []any{c, 1, 0, "create", id()}}, call{member, []any{c, id(), id(), 1}})
		}},
	} {
		w := newWorld(t, "ada")
		err := w.src.Chat.InTx(t.Context(), func(tx store.Tx) error { return c.make(tx, id(), w.users["ada"].User) })
		if err != nil {
			t.Fatal(err)
		}
		_, err = backup.Check(t.Context(), w.backup())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

type call struct {
	query string
	args  []any
}

func do(tx store.Tx, calls ...call) error {
	for _, c := range calls {
		if _, err := tx.Exec(c.query, c.args...); err != nil {
			return err
		}
	}
	return nil
}

func TestARestoredStoreIsANewOne(t *testing.T) {
	w := newWorld(t, "ada", "bob", "cyd")
	_, err := w.accounts.SignIn(t.Context(), "ada", "a long and dull sentence", "laptop", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	dir := w.backup()
	m, err := backup.Check(t.Context(), dir)
	if err != nil || m.Accounts.Counts.Sessions != 1 || len(m.Chat.Positions) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	list := filepath.Join(t.TempDir(), "erased.jsonl")
	line := api.Encode(api.Erased{User: w.users["cyd"].User, Time: api.Now()})
	stranger := api.Encode(api.Erased{User: api.NewUserID(), Time: api.Now()})
	if err := os.WriteFile(list, []byte(string(line)+"\n"+string(stranger)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	chatDB, accountsDB, err := restore(t, dir, list)
	if err != nil {
		t.Fatal(err)
	}
	s := chat.New(chat.Config{DB: chatDB})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if epoch, err := s.Epoch(t.Context()); err != nil || epoch == m.Chat.Epoch || epoch.IsZero() {
		t.Errorf("epoch %s after %s, %v", epoch, m.Chat.Epoch, err)
	}
	for _, old := range m.Chat.Positions {
		ps, err := s.Positions(t.Context(), old.Topic)
		if err != nil || len(ps) != 1 || ps[0].LogID == old.LogID || ps[0].Pos != 0 || ps[0].Published != 0 || ps[0].Created {
			t.Errorf("%s: %+v, %v", old.Topic, ps, err)
		}
	}
	told := map[api.UserID]int64{}
	accounts := accountsOf(t, accountsDB, func(_ context.Context, u api.UserID, version int64) error {
		told[u] = version
		return nil
	})
	epoch, err := s.Epoch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.TellAnew(t.Context(), epoch); err != nil { // as a server does before it serves
		t.Fatal(err)
	}
	for h, u := range w.users {
		if told[u.User] < 2 { // 1 was told before the backup
			t.Errorf("chat was told version %d of %s", told[u.User], h)
		}
	}
	var sessions, notBefore int64
	err = accountsDB.Read(t.Context(), func(tx store.Tx) error {
		return tx.Row(`SELECT (SELECT COUNT(*) FROM sessions), (SELECT MIN(not_before) FROM accounts)`).Scan(&sessions, &notBefore)
	})
	if err != nil || sessions != 0 || notBefore != 2 {
		t.Errorf("%d sessions, not before %d, %v", sessions, notBefore, err)
	}
	if _, err := accounts.User(t.Context(), "cyd"); err == nil {
		t.Error("an erased account has come back")
	}
	if u, err := accounts.User(t.Context(), "ada"); err != nil || u.Email != "ada@example.org" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestABackupThatIsGivenUpLeavesNothing(t *testing.T) {
	w := newWorld(t, "ada")
	ctx, cancel := context.WithCancel(t.Context())
	src := w.src
	src.Room = func(string) error { cancel(); return nil }
	base := t.TempDir()
	if _, err := backup.Create(ctx, src, filepath.Join(base, "deep", "backup")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	src.Room = func(string) error { return errors.New("no room here") }
	if _, err := backup.Create(t.Context(), src, filepath.Join(base, "deep", "backup")); !errors.Is(err, backup.ErrFull) || !strings.Contains(err.Error(), "no room here") {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Join(base, "deep"))
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}
