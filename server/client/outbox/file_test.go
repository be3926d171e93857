package outbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/outbox"
)

func open(t *testing.T, path string) *outbox.Outbox {
	t.Helper()
	o, err := outbox.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func shut(t *testing.T, o *outbox.Outbox) {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

func kept(o *outbox.Outbox) (s []string) {
	for _, it := range o.Items() {
		s = append(s, it.Action.Text)
	}
	return s
}

func TestOpenActionsSurviveTheProcessInTheirOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "outbox")
	o := open(t, path)
	a, b, c := message("ada", "a"), message("ada", "b\nwith lines"), message("bob", "c")
	add(t, o, a, b, c)
	o.Settle(sent(a), start)
	shut(t, o)

	o = open(t, path)
	defer shut(t, o)
	if got := kept(o); !slices.Equal(got, []string{"b\nwith lines", "c"}) {
		t.Fatalf("kept %q", got)
	}
	if it, ok := o.Get(b.ID); !ok || it.Added != api.TimeOf(start) {
		t.Fatalf("b came back as %+v", it)
	}
	due(t, o, start, b, c)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if perm := info.Mode().Perm(); perm != 0o600 {
		t.Fatalf("the file holds messages and has mode %o", perm)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	if _, err := outbox.Open(path); !errors.Is(err, outbox.ErrLocked) {
		t.Fatalf("got %v", err)
	}
	shut(t, o)
	shut(t, open(t, path))
}

// A crash may leave any part of the last write: what was added before is there,
// and the outbox works.
func TestATornTailIsDroppedWhereverItIsCut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "outbox")
	o := open(t, path)
	add(t, o, message("ada", "first"))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	add(t, o, message("ada", "second"))
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	shut(t, o)
	for cut := len(whole); cut < len(all); cut += 3 {
		for _, tail := range []string{"", "\x00\x00\x00\x00"} {
			if err := os.WriteFile(path, append(slices.Clone(all[:cut]), tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			o := open(t, path)
			add(t, o, message("ada", "third"))
			shut(t, o)
			o = open(t, path)
			if got := kept(o); !slices.Equal(got, []string{"first", "third"}) {
				t.Fatalf("cut at %d of %d: %q", cut, len(all), got)
			}
			shut(t, o)
		}
	}
}

func TestOfADamagedFileNothingIsLostAndNothingIsSentByItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	o.KeepFailed()
	done := message("cyd", "done")
	add(t, o, message("ada", "first"), message("ada", "second"), done)
	if err := o.Add(api.Action{ID: api.NewActionID(), Type: api.SetBlock, To: "eve"}, start); err != nil {
		t.Fatal(err)
	}
	o.Failed(outbox.Failure{Action: message("bob", "failed"), Error: "too long"})
	o.Settle(sent(done), start)
	third := message("bob", "third")
	add(t, o, third)
	shut(t, o)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := strings.Replace(string(b), "first", "fIrst", 1)
	if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}

	o, err = outbox.Open(path)
	if !errors.Is(err, outbox.ErrDamaged) || !strings.Contains(err.Error(), path+".damaged now; unsent messages that wait for a decision: 2; other actions that are given up: 1") {
		t.Fatalf("got %v", err)
	}
	if aside, err := os.ReadFile(path + ".damaged"); err != nil || string(aside) != bad {
		t.Fatalf("aside lies something else (%v)", err)
	}
	has(t, "open", kept(o))
	shut(t, o)

	o = open(t, path) // the next one has no trouble with it
	defer shut(t, o)
	has(t, "open", kept(o))
	has(t, "failed", failures(o), "failed", "second", "third")
	if f := o.Failures()[2]; !f.Unsure || f.Error == "" || f.Again().ID != third.ID {
		t.Errorf("it is %+v, and tried again under %v", f, f.Again().ID)
	}
	add(t, o, o.Failures()[2].Again())
	due(t, o, start, third)
	has(t, "failed, with one tried again", failures(o), "failed", "second")
}

func TestTheFileDoesNotGrowForEver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "outbox")
	o := open(t, path)
	stays := message("bob", "stays")
	add(t, o, stays)
	for range 700 {
		a := message("ada", "x")
		add(t, o, a)
		o.Settle(sent(a), start)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 250_000 {
		t.Fatalf("%d bytes for one open action", info.Size())
	}
	shut(t, o)
	o = open(t, path)
	defer shut(t, o)
	if got := kept(o); !slices.Equal(got, []string{"stays"}) {
		t.Fatalf("kept %q", got)
	}
}

func FuzzAnyFileOpensAndIsGoodAfterwards(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("00000000 {}\n"))
	f.Add([]byte("\n\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "outbox")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := outbox.Open(path)
		if err != nil && !errors.Is(err, outbox.ErrDamaged) {
			t.Fatal(err)
		}
		shut(t, o)
		shut(t, open(t, path))
	})
}
