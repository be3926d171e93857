package server_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/server/store"
	"github.com/go-json-experiment/json"
)

// schema2 was written by the program at commit 8be2c4c (schema 2 of chat, 3 of
// the accounts), which was killed: a data directory, and a backup of it. In it
// ada and bob have written to each other; in a group of theirs with cleo a
// message was deleted and two were edited, and it was renamed; bob blocks cleo.
const schema2 = "testdata/schema2.tar.gz"

// edits is long enough for what was written in the fixture, however old that is.
const edits = 100 * 365 * 24

// Promises, rule 21.
func TestADirectoryOfAnEarlierProgramIsCarriedOn(t *testing.T) {
	data := filepath.Join(unpacked(t, schema2), "data")
	earlier := schemas(t, data)
	if !slices.Equal(earlier, []int64{2, 3}) {
		t.Fatalf("the fixture has the schemas %v", earlier)
	}
	srv := servertest.Process(t, servertest.Options{Data: data, Edits: edits})
	goesOn(t, srv)
	srv.Kill()
	restart(t, srv)
	srv.Kill()
	if now := schemas(t, data); now[0] < earlier[0] || now[1] <= earlier[1] {
		t.Errorf("the schemas went from %v to %v", earlier, now)
	}
}

func TestAnEarlierProgramRefusesACarriedOnDirectory(t *testing.T) {
	data := filepath.Join(unpacked(t, schema2), "data")
	servertest.Process(t, servertest.Options{Data: data}).Kill()
	steps, err := store.ReadMigrations(os.DirFS("gateway/account"), "migrations")
	if err != nil {
		t.Fatal(err)
	}
	err = store.Migrate(t.Context(), database(t, data, 1), steps[:3]) // as that program starts
	if err == nil || !strings.Contains(err.Error(), "newer chatctl") {
		t.Errorf("an earlier program was not refused: %v", err)
	}
}

func TestABackupOfAnEarlierProgramIsRestored(t *testing.T) {
	data := servertest.Restore(t, filepath.Join(unpacked(t, schema2), "backup"))
	goesOn(t, servertest.Process(t, servertest.Options{Data: data, Edits: edits}))
}

// goesOn reads all that is in the fixture, and lets its people go on with it.
func goesOn(t *testing.T, srv *servertest.Server) {
	t.Helper()
	ada, bob, cleo := srv.Return("ada"), srv.Return("bob"), srv.Return("cleo")
	heads := map[string]api.Head{}
	for _, h := range ada.Conversations() {
		heads[h.Name+h.Peer] = h
	}
	group := heads["dev"].Conversation
	wantTexts(t, ada, group, "ONE", "", "three")
	wantTexts(t, bob, heads["bob"].Conversation, "hello ada", "hello bob")
	if r := cleo.Ask(api.Action{Type: api.SendMessage, To: "bob", Text: "still there?"}); r.Outcome != api.Refused {
		t.Errorf("bob's block is gone: %+v", r)
	}
	seq := cleo.Must(api.Action{Type: api.SendMessage, Conversation: group, Text: "four"}).Seq
	if want := heads["dev"].LastSeq + 1; seq != want {
		t.Errorf("the next entry is %d, want %d", seq, want)
	}
	cleo.Must(api.Action{Type: api.EditMessage, Conversation: group, Target: 4, Text: "THREE"})
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "and on"})
	wantTexts(t, bob, group, "ONE", "", "THREE", "four")
	wantTexts(t, ada, heads["bob"].Conversation, "hello ada", "hello bob", "and on")
	if status, problem := bob.HTTP("POST", "/v1/me/erase", map[string]any{"password": servertest.Password("bob")}, nil); status != 204 {
		t.Errorf("bob's erasure was answered %d %v", status, problem)
	}
}

// wantTexts checks the texts of all messages, empty for a deleted one.
func wantTexts(t *testing.T, p *servertest.Person, c api.ConversationID, want ...string) {
	t.Helper()
	var got []string
	for _, e := range p.Messages(c) {
		var m api.MessageBody
		if err := json.Unmarshal(e.Body, &m); err != nil {
			t.Fatal(err)
		}
		got = append(got, m.Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s reads %q, want %q", p.Handle, got, want)
	}
}

func database(t *testing.T, data string, i int) store.DB {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), filepath.Join(data, []string{"chat.db", "accounts.db"}[i]), store.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// schemas are those of chat and of the accounts.
func schemas(t *testing.T, data string) (versions []int64) {
	t.Helper()
	for i := range 2 {
		db := database(t, data, i)
		version, err := store.SchemaVersion(t.Context(), db)
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		versions = append(versions, version)
	}
	return versions
}

// unpacked is what an archive holds, in a directory of the test.
func unpacked(t *testing.T, archive string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err == nil {
			err = unpack(filepath.Join(dir, filepath.FromSlash(h.Name)), h, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func unpack(path string, h *tar.Header, r io.Reader) error {
	if h.FileInfo().IsDir() {
		return os.MkdirAll(path, 0o700)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o600)
}
