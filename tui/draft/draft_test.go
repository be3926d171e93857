package draft_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/draft"
)

func TestDraftsAreThereAfterARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "drafts.json")
	s, all, err := draft.Open(path)
	if err != nil || len(all) != 0 {
		t.Fatal(all, err)
	}
	want := draft.All{
		api.NewConversationID(): {Text: "half a\nthought", ReplyTo: 3, Quote: "what?"},
		api.NewConversationID(): {Text: "better", Edits: 7, Kept: &draft.Draft{Text: "before"}},
	}
	saved := draft.All{api.NewConversationID(): {}}
	for id, d := range want {
		saved[id] = d
	}
	if err := s.Save(saved, 1); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, all, err = draft.Open(path); err != nil || !reflect.DeepEqual(all, want) {
		t.Errorf("%v, %v; want %v without the empty one", all, err, want)
	}
}

func TestAnOlderSaveDoesNotOverwriteANewerOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drafts.json")
	s, _, err := draft.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	id := api.NewConversationID()
	for _, step := range []struct {
		text    string
		version uint64
	}{{"new", 2}, {"old", 1}} {
		if err := s.Save(draft.All{id: {Text: step.text}}, step.version); err != nil {
			t.Fatal(err)
		}
	}
	if _, all, err := draft.Open(path); err != nil || all[id].Text != "new" {
		t.Errorf("%v, %v", all, err)
	}
}

func TestDamagedDraftsArePutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drafts.json")
	if err := os.WriteFile(path, []byte(`{"x":`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, all, err := draft.Open(path)
	if !errors.Is(err, draft.ErrDamaged) || s == nil || len(all) != 0 {
		t.Fatalf("%v, %v, %v", s, all, err)
	}
	if b, err := os.ReadFile(path + ".damaged"); err != nil || string(b) != `{"x":` {
		t.Errorf("%q, %v", b, err)
	}
	if err := s.Save(draft.All{api.NewConversationID(): {Text: "on"}}, 1); err != nil {
		t.Fatal(err)
	}
	if _, all, err := draft.Open(path); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
}
