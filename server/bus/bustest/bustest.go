// Package bustest is the suite that every engine of the bus passes: Log for the
// durable log with the loop above it, Live for the live channel, Bench for both,
// and Main, which lets a test binary be the process that is killed.
//
// It keeps what a service would keep in its store, position and outcomes, in a
// Ledger, a file that survives a kill. It knows no engine.
package bustest

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/bus"
)

// Topic is what an engine may have to know of a topic from its consumer's store.
type Topic struct {
	Name           string
	LogID          string
	Created        bool
	Pos, Published int64
	MaxBytes       int64
	MarkCreated    func(context.Context) error
}

// Harness opens an engine for the suite.
type Harness struct {
	// Open opens the engine on dir, where an earlier one may have been killed.
	Open func(ctx context.Context, dir string, topic Topic, log *slog.Logger) (Opened, error)
}

// Opened is an engine at work.
type Opened struct {
	Engine bus.Engine
	Live   bus.Live
	Close  func() // ends it in order
}

const (
	topicName = "actions.test"
	logID     = "5c0fa1d4"
	maxBytes  = 16 << 20
	patience  = time.Minute
)

// bench is one engine with its ledger, opened for a test or a benchmark.
type bench struct {
	testing.TB
	harness Harness
	dir     string
	log     *slog.Logger
	ledger  *Ledger
	Opened
}

func open(t testing.TB, h Harness, dir string) *bench {
	t.Helper()
	b := &bench{TB: t, harness: h, dir: dir, log: slog.New(slog.DiscardHandler)}
	b.start()
	t.Cleanup(b.stop)
	return b
}

func (b *bench) start() {
	b.Helper()
	var err error
	if b.ledger, err = OpenLedger(filepath.Join(b.dir, "ledger")); err != nil {
		b.Fatal(err)
	}
	if b.Opened, err = b.harness.Open(b.Context(), b.dir, b.ledger.topic(), b.log); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) stop() {
	b.Close()
	b.ledger.Close()
}

func (b *bench) restart() {
	b.Helper()
	b.stop()
	b.start()
}

// publish publishes one record a value, in one call.
func (b *bench) publish(ids ...string) {
	b.Helper()
	if err := b.Engine.Publish(b.Context(), topicName, records(ids...)); err != nil {
		b.Fatalf("publishing %d records: %v", len(ids), err)
	}
}

// consume runs s in the background until stop is called, which returns what Consume did.
func (b *bench) consume(s *Service, opts bus.Options) (stop func() error) {
	b.Helper()
	l := bus.New(b.Engine, b.log, opts)
	return background(b, func(ctx context.Context) error { return l.Consume(ctx, topicName, s) })
}

// background runs fn until stop is called, at the latest at the end of the test;
// stop returns what fn did, and may be called again.
func background(t testing.TB, fn func(context.Context) error) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = fn(ctx)
	}()
	stop = func() error {
		cancel()
		<-ended
		return err
	}
	t.Cleanup(func() { _ = stop() }) // who cares for its error has called it
	return stop
}

// eventually waits until ok, and fails the test when that takes too long.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %s still not so: %s", patience, what)
		}
	}
}
