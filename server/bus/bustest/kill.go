package bustest

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/bus"
)

const (
	childDir   = "BUSTEST_CHILD_DIR"
	childRound = "BUSTEST_CHILD_ROUND"
	rounds     = 12
	lifetime   = 150 * time.Millisecond // of a child, at most, before it is killed
	publishers = 8
)

// Main is for TestMain: it runs the tests, or, started by them, the process that
// publishes and consumes until it is killed.
func Main(m *testing.M, h Harness) int {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(context.Background(), h, dir, os.Getenv(childRound)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	return m.Run()
}

// child prints the id of each acknowledged record.
func child(ctx context.Context, h Harness, dir, round string) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	ledger, err := OpenLedger(filepath.Join(dir, "ledger"))
	if err != nil {
		return err
	}
	opened, err := h.Open(ctx, dir, ledger.topic(), log)
	if err != nil {
		return err
	}
	ctx, fail := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	for p := range publishers {
		work.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				id := fmt.Sprintf("%s-%d/%d", round, p, n)
				if err := opened.Engine.Publish(ctx, topicName, records(id)); err != nil {
					fail(err)
					return
				}
				fmt.Println(id)
			}
		})
	}
	work.Go(func() {
		fail(bus.New(opened.Engine, log, bus.Options{}).Consume(ctx, topicName, newService(ledger)))
	})
	work.Wait()
	return context.Cause(ctx)
}

func killed(t *testing.T, h Harness) {
	dir := t.TempDir()
	acknowledged := make(map[string]bool)
	for round := range rounds {
		killOnce(t, dir, round, acknowledged)
	}
	b := open(t, h, dir)
	s := newService(b.ledger)
	b.consume(s, bus.Options{})
	eventually(t, "every acknowledged record is decided", func() bool { return len(b.ledger.missing(acknowledged)) == 0 })
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
	t.Logf("%d acknowledged over %d kills, %d decided", len(acknowledged), rounds, b.ledger.Decided())
}

// killOnce runs a child for a random time, in every other round counted from the
// first acknowledgement, and notes what was acknowledged to it.
func killOnce(t *testing.T, dir string, round int, acknowledged map[string]bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childDir+"="+dir, childRound+"="+strconv.Itoa(round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var kill *time.Timer
	soon := sync.OnceFunc(func() {
		kill = time.AfterFunc(rand.N(lifetime), func() { _ = cmd.Process.Kill() }) // Wait tells
	})
	if round%2 == 0 {
		soon()
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, _, err := split(lines.Text()); err == nil {
			acknowledged[lines.Text()] = true
			soon()
		}
	}
	err = cmd.Wait()
	if kill != nil {
		kill.Stop()
	}
	if cmd.ProcessState.Exited() {
		t.Fatalf("round %d ended before it was killed: %v", round, err)
	}
}
