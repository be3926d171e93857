package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/backup"
	"github.com/chatctl/chatctl/server/servertest"
)

// Promises, rule 23: nothing is left of conversations of which everybody is erased,
// whatever ends in between, and after a restore of a backup that has them still.
func TestNothingIsLeftOfWhatIsNobodysOverKillsAndARestore(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob, cyd := srv.Person("ada"), srv.Person("bob"), srv.Person("cyd")
	for n := range 40 {
		c := ada.Must(api.Action{Type: api.CreateGroup, Name: fmt.Sprint("ops", n), Members: []string{"bob"}}).Conversation
		ada.Must(api.Action{Type: api.SendMessage, Conversation: c, Text: "hello @bob"})
	}
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	kept := cyd.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "hello"}).Conversation
	before := filepath.Join(t.TempDir(), "before")
	if _, err := owner(t, srv).Backup(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	bob.Connect()
	ada.EraseAccount(t.Context())
	bob.EraseAccount(t.Context())
	srv.Kill()
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	await(t, "the first is removed", func() bool { return len(conversations(srv)) < 42 })
	srv.Kill()
	if err := srv.Restart(); err != nil {
		t.Fatal(err)
	}
	srv.AwaitErasures()
	nothingBut(t, srv, kept)

	erased, err := owner(t, srv).Erased(t.Context(), api.UserID{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []byte
	for _, e := range erased {
		lines = append(append(lines, api.Encode(e)...), '\n')
	}
	list := filepath.Join(t.TempDir(), "erased.jsonl")
	if err := os.WriteFile(list, lines, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	again := servertest.Process(t, servertest.Options{Data: servertest.Restore(t, before, list)})
	await(t, "all are removed again", func() bool { return len(conversations(again)) == 1 })
	nothingBut(t, again, kept)
	again.Return("cyd")
}

// conversations lists those that there are, as an administrator sees them.
func conversations(srv *servertest.Server) []api.Conversation {
	var list struct {
		Conversations []api.Conversation `json:"conversations"`
	}
	srv.Admin("GET", "/admin/v1/conversations", nil, &list)
	return list.Conversations
}

// nothingBut fails if there is another conversation than one of two people, with a
// message and an erasure, or keeps any row; backups of all that is on the way are whole.
func nothingBut(t *testing.T, srv *servertest.Server, kept api.ConversationID) {
	t.Helper()
	if list := conversations(srv); len(list) != 1 || list[0].Conversation != kept {
		t.Fatalf("%d conversations are listed: %+v", len(list), list)
	}
	n := 0
	await(t, "the rows are gone", func() bool {
		dir := filepath.Join(t.TempDir(), fmt.Sprint("backup", n))
		n++
		_, err := owner(t, srv).Backup(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		m, err := backup.Check(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		rows := m.Chat.Counts
		return rows.Conversations == 1 && rows.Members == 2 && rows.Entries == 2
	})
}
