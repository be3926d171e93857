package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	mostFile    = 400   // lines, tests included
	mostPackage = 1_500 // lines before tests
)

// larger are the rooms and files that have outgrown that, how far they may go,
// and why they are not two yet. None may be added without its reason.
var larger = map[string]struct {
	most    int
	because string
}{
	"server/chat/model_test.go": {420, "one model of a conversation, read beside the code that it holds to"},
}

func TestEveryFileAndEveryRoomCanBeReadInOneSitting(t *testing.T) {
	root := filepath.Join("..", "..")
	rooms := map[string]int{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		n := bytes.Count(text, []byte("\n"))
		holdSize(t, name, n, mostFile)
		if !strings.HasSuffix(name, "_test.go") {
			rooms[name[:strings.LastIndex(name, "/")]] += n
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range rooms {
		holdSize(t, name, n, mostPackage)
	}
}

// holdSize lets what is in larger be so long.
func holdSize(t *testing.T, name string, n, most int) {
	t.Helper()
	more, listed := larger[name]
	switch {
	case listed && n > more.most:
		t.Errorf("%s has %d lines, more than even its exception allows (%s)", name, n, more.because)
	case !listed && n > most:
		t.Errorf("%s has %d lines, more than %d: it is two", name, n, most)
	}
}
