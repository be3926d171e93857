package store_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/store"
)

// killAfter starts cmd and kills it once it has printed that many numbers. It
// gives the last it printed at all.
func killAfter(t *testing.T, cmd *exec.Cmd, lines int) (last int64) {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last = -1
	scanner := bufio.NewScanner(stdout)
	for got := 0; scanner.Scan(); got++ {
		if last, err = strconv.ParseInt(scanner.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
		if got == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("ended by itself: %v: %s", err, &stderr)
	}
	return last
}

func TestWhatWasCommittedOutlastsKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for _, lines := range []int{1, 7, 150, 0, 2000, 40} { // beyond a checkpoint, too
		last := killAfter(t, again(t, "count", path), lines)
		db := open(t, path, store.SQLiteOptions{})
		n := rows(t, db)
		if n < last+1 {
			t.Fatalf("row %d had been committed and %d rows are there", last, n)
		}
		if n > last+2 { // one may have been committed and not yet printed
			t.Errorf("%d rows, last printed %d", n, last)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range store.CheckSQLite(t.Context(), path) {
		if f.Err != nil && !strings.HasSuffix(f.Name, "schema") { // this one has no migrations
			t.Errorf("%s: %v", f.Name, f.Err)
		}
	}
}
