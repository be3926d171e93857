package embedded_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/api"
)

func openBox(t *testing.T, dir string) *embedded.Mailbox {
	t.Helper()
	box, err := embedded.OpenMailbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func list(t *testing.T, box *embedded.Mailbox, to string, after int64, limit int) []api.Letter {
	t.Helper()
	letters, err := box.List(to, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

func send(t *testing.T, box *embedded.Mailbox, to, text string) {
	t.Helper()
	if err := box.Send(t.Context(), to, "Your code", text); err != nil {
		t.Fatal(err)
	}
}

func TestALetterIsReadByAnotherProcessAndOutlastsARestart(t *testing.T) {
	dir := embedded.MailDir(t.TempDir())
	box := openBox(t, dir)
	reader := openBox(t, dir)
	if got := list(t, reader, "", 0, 0); got == nil || len(got) != 0 {
		t.Errorf("an empty box gives %v", got)
	}
	send(t, box, "ada@example.org", "12345678")
	send(t, box, "bob@example.org", "ü\n\x00\"")
	got := list(t, reader, "ADA@example.org", 0, 0)
	if len(got) != 1 || got[0].Text != "12345678" || got[0].Subject != "Your code" || got[0].Number != 1 || got[0].Time == 0 {
		t.Errorf("got %+v", got)
	}
	again := openBox(t, dir)
	send(t, again, "ada@example.org", "third")
	got = list(t, again, "", 1, 0)
	if len(got) != 2 || got[0].Text != "ü\n\x00\"" || got[1].Number != 3 {
		t.Errorf("got %+v", got)
	}
	if got := list(t, again, "", 0, 2); len(got) != 2 || got[1].Number != 2 {
		t.Errorf("limit: %+v", got)
	}
}

func TestLettersAreForTheirOwnerOnly(t *testing.T) {
	dir := embedded.MailDir(t.TempDir())
	send(t, openBox(t, dir), "ada@example.org", "x")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if info, err := os.Stat(files[0]); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestOnlyTheLastThousandLettersAreKept(t *testing.T) {
	box := openBox(t, t.TempDir())
	var all sync.WaitGroup
	for p := range 4 {
		all.Go(func() {
			for n := range 260 {
				if err := box.Send(t.Context(), "ada@example.org", "s", fmt.Sprint(p, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got := list(t, box, "", 0, 0)
	if len(got) != 1000 || got[0].Number != 41 || got[999].Number != 1040 {
		t.Errorf("%d letters", len(got))
	}
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	box := openBox(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if box.Send(ctx, "ada@example.org", "s", "t") == nil || len(list(t, box, "", 0, 0)) != 0 {
		t.Error("was sent")
	}
}
