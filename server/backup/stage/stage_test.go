package stage_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatctl/chatctl/server/backup/stage"
)

var names = []string{"a", "b"}

func write(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
}

func has(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && (len(want) > 0 || !errors.Is(err, os.ErrNotExist)) {
		t.Fatal(err)
	}
	got := []string{}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(want) {
		t.Fatalf("%s has %v, want %v", dir, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s has %v, want %v", dir, got, want)
		}
	}
}

func TestADirectoryIsWholeOrNotThere(t *testing.T) {
	base := t.TempDir()
	path := filepath.Join(base, "deep", "er", "dir")
	broken := errors.New("broken")
	err := stage.Dir(path, names, func(dir string) error {
		write(t, dir, "a")
		write(t, dir, "a-journal")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	has(t, filepath.Dir(path))
	both := func(dir string) error {
		has(t, path)
		write(t, dir, "a")
		write(t, dir, "b")
		return nil
	}
	if err := stage.Dir(path, names, both); err != nil {
		t.Fatal(err)
	}
	has(t, path, "a", "b")
	has(t, filepath.Dir(path), "dir")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := stage.Dir(path, names, both); !errors.Is(err, stage.ErrTaken) {
		t.Errorf("a directory was overwritten: %v", err)
	}
}

func TestWhatAKillLeftIsClearedAndAStrangersDirectoryIsNot(t *testing.T) {
	base := t.TempDir()
	path := filepath.Join(base, "dir")
	if err := os.Mkdir(path, 0o700); err != nil { // empty: taken
		t.Fatal(err)
	}
	partial := path + stage.Suffix
	if err := os.Mkdir(partial, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a-wal", "lock"} {
		write(t, partial, name)
	}
	err := stage.Dir(path, names, func(dir string) error {
		has(t, dir, "lock")
		write(t, dir, "b")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	has(t, path, "b")

	other := filepath.Join(base, "other")
	if err := os.Mkdir(other+stage.Suffix, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, other+stage.Suffix, "thesis")
	if err := stage.Dir(other, names, func(string) error { t.Error("filled"); return nil }); err == nil {
		t.Error("a stranger's directory was taken")
	}
	has(t, other+stage.Suffix, "thesis")
}

func TestTwoWhoMakeTheSameDoNotMeet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir")
	err := stage.Dir(path, names, func(dir string) error {
		write(t, dir, "a")
		if err := stage.Dir(path, names, func(string) error { t.Error("both fill it"); return nil }); err == nil {
			t.Error("the second was not refused")
		}
		has(t, dir, "a", "lock")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	has(t, path, "a")
}

func TestADirectoryThatWasFilledMeanwhileStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dir")
	err := stage.Dir(path, names, func(dir string) error {
		write(t, dir, "a")
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, "mine")
		return nil
	})
	if err == nil {
		t.Error("it was overwritten")
	}
	has(t, path, "mine")
	has(t, filepath.Dir(path), "dir")
}
