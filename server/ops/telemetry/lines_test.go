package telemetry_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/ops/telemetry"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLinesComeInOrderAndWholeBeforeTheEnd(t *testing.T) {
	var out bytes.Buffer
	l := telemetry.StartLines(&out)
	log := slog.New(slog.NewTextHandler(l, nil))
	for n := range 1000 {
		log.Info("line", "n", n)
	}
	l.Close()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 1000 || !strings.HasSuffix(lines[999], "n=999") {
		t.Errorf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
}

// Who reads the log may stop: nobody waits for that, and it is told how much was lost.
func TestAReaderThatStopsHoldsNobodyUp(t *testing.T) {
	r, w := io.Pipe()
	l := telemetry.StartLines(w)
	line := bytes.Repeat([]byte("x"), 1023)
	line = append(line, '\n')
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				if n, err := l.Write(line); n != len(line) || err != nil {
					t.Errorf("wrote %d, %v", n, err)
				}
			}
		})
	}
	all.Wait() // nobody has read yet
	told := make(chan string)
	go func() {
		b, _ := io.ReadAll(r) //nolint:errcheck // it ends with the pipe
		told <- string(b)
	}()
	l.Close()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if text := <-told; !strings.Contains(text, `"message":"log lines were dropped"`) || len(text) > 3<<20 {
		t.Errorf("%d bytes were read, and no word of what was dropped", len(text))
	}
}

func TestTheEndDoesNotWaitForAReaderThatNeverComesBack(t *testing.T) {
	r, w := io.Pipe()
	l := telemetry.StartLines(w)
	if _, err := l.Write([]byte("nobody reads this\n")); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := r.Close(); err != nil { // lets the writer go
		t.Fatal(err)
	}
}
