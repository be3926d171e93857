package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/bus"
)

// Log is the suite for the durable log and the loop above it.
func Log(t *testing.T, h Harness) {
	for _, c := range []struct {
		promise string
		test    func(*testing.T, Harness)
	}{
		{"RecordsOfAKeyStayInOrder", order},
		{"ARecordPublishedTwiceIsDecidedOnceAndAnsweredTwice", twice},
		{"TheCallersRecordsAreNotKept", notKept},
		{"WhatWaitsIsOneBatchUpToItsBound", batches},
		{"AFailingHandlerIsTriedAgainInPlace", retried},
		{"AConflictHalvesTheBatch", shrunk},
		{"APoisonRecordIsHeldAfterFiveTries", poison},
		{"APanicIsHeldLikeAnError", panics},
		{"AFailureAfterTheCommitDecidesNothingTwice", committed},
		{"APartitionHasOneOwner", oneOwner},
		{"AZombieStops", zombie},
		{"WhatWasCommittedAndNotPublishedIsPublishedAfterARestart", republished},
		{"ARestartLosesAndDoublesNothing", restarted},
		{"AFullLogRefusesAndGoesOnOnceWorkIsDone", full},
		{"AnAcknowledgedRecordSurvivesKill", killed},
	} {
		t.Run(c.promise, func(t *testing.T) { c.test(t, h) })
	}
}

// ids are KEY/0 to KEY/n-1.
func ids(key string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s/%d", key, i)
	}
	return out
}

func order(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	stop := b.consume(newService(b.ledger), bus.Options{})
	const keys, each = 8, 40
	var senders sync.WaitGroup
	for k := range keys {
		senders.Go(func() {
			for _, id := range ids(fmt.Sprint("key", k), each) {
				if err := b.Engine.Publish(t.Context(), topicName, records(id)); err != nil {
					t.Errorf("publishing %s: %v", id, err)
				}
			}
		})
	}
	senders.Wait()
	eventually(t, "all are decided", func() bool { return b.ledger.Decided() == keys*each })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
}

func twice(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	b.consume(s, bus.Options{})
	b.publish("a/0")
	b.publish("a/0")
	eventually(t, "both were answered", func() bool { _, r := s.seen(); return r["a/0"] == 2 })
	if got := b.ledger.Order(); len(got) != 1 {
		t.Errorf("decided: %v", got)
	}
}

func notKept(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	recs := records("a/0", "a/1")
	if err := b.Engine.Publish(t.Context(), topicName, recs); err != nil {
		t.Fatal(err)
	}
	for i := range recs {
		clear(recs[i].Value)
	}
	b.consume(newService(b.ledger), bus.Options{})
	eventually(t, "both are decided", func() bool { return b.ledger.Decided() == 2 })
	if got := b.ledger.Order(); !slices.Equal(got, ids("a", 2)) {
		t.Errorf("decided: %q", got)
	}
}

func batches(t *testing.T, h Harness) {
	const n, bound = 500, 64
	b := open(t, h, t.TempDir())
	for _, id := range ids("a", n/2) {
		b.publish(id)
	}
	b.publish(ids("b", n/2)...)
	s := newService(b.ledger)
	b.consume(s, bus.Options{MaxBatch: bound})
	eventually(t, "all are decided", func() bool { return b.ledger.Decided() == n })
	most := 0
	seen, _ := s.seen()
	for _, b := range seen {
		most = max(most, len(b.Records))
	}
	if most < 2 || most > bound {
		t.Errorf("the largest batch has %d records, the bound is %d", most, bound)
	}
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
}

func retried(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	left := 4
	s.fails = func(batch bus.Batch, committed bool) error {
		if !committed && left > 0 {
			left--
			return errAway
		}
		return nil
	}
	b.publish(ids("a", 20)...)
	b.publish("b/0")
	b.consume(s, bus.Options{MaxBatch: 10})
	eventually(t, "all are decided", func() bool { return b.ledger.Decided() == 21 })
	if got := b.ledger.Held(); len(got) > 0 {
		t.Errorf("held although only the database was away: %v", got)
	}
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
}

func shrunk(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	s.fails = func(batch bus.Batch, committed bool) error {
		if !committed && len(batch.Records) > 7 {
			return errConflict
		}
		return nil
	}
	b.publish(ids("a", 60)...)
	b.consume(s, bus.Options{})
	eventually(t, "all are decided", func() bool { return b.ledger.Decided() == 60 })
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
}

func poison(t *testing.T, h Harness) {
	tries := 0
	held(t, h, func(batch bus.Batch) error {
		if len(batch.Records) == 1 {
			tries++
		}
		return errors.New("constraint that nobody expected")
	})
	if tries != 5 {
		t.Errorf("tried %d times alone", tries)
	}
}

func panics(t *testing.T, h Harness) {
	held(t, h, func(bus.Batch) error { panic("index out of range") })
}

// held checks that a record that always fails is held alone, and that its neighbours are decided in order.
func held(t *testing.T, h Harness, fails func(bus.Batch) error) {
	t.Helper()
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	s.fails = func(batch bus.Batch, committed bool) error {
		bad := slices.ContainsFunc(batch.Records, func(r bus.Record) bool { return string(r.Value) == "bad/0" })
		if bad && !committed {
			return fails(batch)
		}
		return nil
	}
	b.publish(slices.Concat(ids("a", 3), ids("bad", 1), ids("b", 3))...)
	stop := b.consume(s, bus.Options{})
	eventually(t, "the others are decided", func() bool { return b.ledger.Decided() == 6 })
	if err := stop(); err != nil {
		t.Error(err)
	}
	if got := b.ledger.Held(); !slices.Equal(got, []string{"bad/0"}) {
		t.Errorf("held: %v", got)
	}
	if s.probes != 5 {
		t.Errorf("the fence was probed %d times between five failures and holding", s.probes)
	}
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
}

func committed(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	left := 3
	s.fails = func(batch bus.Batch, committed bool) error {
		if committed && len(batch.Records) > 0 && left > 0 {
			left--
			return errors.New("publishing failed")
		}
		return nil
	}
	b.publish(ids("a", 5)...)
	b.publish(ids("b", 5)...)
	b.consume(s, bus.Options{})
	eventually(t, "all were answered", func() bool { _, r := s.seen(); return len(r) == 10 })
	if got := b.ledger.Held(); len(got) > 0 || b.ledger.Decided() != 10 {
		t.Errorf("decided %d, held %v", b.ledger.Decided(), got)
	}
}

func oneOwner(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	first := b.consume(s, bus.Options{MaxBatch: 1})
	b.publish(ids("a", 10)...)
	eventually(t, "the first owner works", func() bool { return b.ledger.Decided() == 10 })
	second := b.consume(s, bus.Options{MaxBatch: 1})
	b.publish(ids("b", 20)...)
	if err := first(); err != nil {
		t.Error(err)
	}
	b.publish(ids("c", 10)...)
	eventually(t, "the second owner goes on", func() bool { return b.ledger.Decided() == 40 })
	if err := second(); err != nil {
		t.Error(err)
	}
	if s.most != 1 {
		t.Errorf("%d batches were handled at once", s.most)
	}
}

func zombie(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	l := bus.New(b.Engine, b.log, bus.Options{})
	ended := make(chan error, 1)
	background(t, func(ctx context.Context) error {
		err := l.Consume(ctx, topicName, newService(b.ledger))
		ended <- err
		return err
	})
	b.publish("a/0")
	eventually(t, "it works", func() bool { return b.ledger.Decided() == 1 })
	b.ledger.takeOver()
	b.publish("a/1")
	if err := <-ended; !errors.Is(err, errZombie) {
		t.Errorf("consuming ended with %v", err)
	}
	if got := b.ledger.Decided(); got != 1 {
		t.Errorf("a zombie decided %d records", got-1)
	}
}

func republished(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	s := newService(b.ledger)
	crash := fmt.Errorf("%w, as if the process had crashed", errZombie)
	s.fails = func(_ bus.Batch, committed bool) error {
		if committed {
			return crash
		}
		return nil
	}
	b.publish(ids("a", 30)...)
	l := bus.New(b.Engine, b.log, bus.Options{})
	if err := l.Consume(t.Context(), topicName, s); !errors.Is(err, crash) {
		t.Fatalf("consuming ended with %v", err)
	}
	b.restart()
	s = newService(b.ledger)
	b.consume(s, bus.Options{})
	b.publish("b/0")
	eventually(t, "all were answered", func() bool { _, r := s.seen(); return len(r) == 31 })
	seen, _ := s.seen()
	for _, batch := range seen {
		for _, r := range batch.Records {
			if batch.Decided != strings.HasPrefix(string(r.Value), "a/") {
				t.Errorf("%s came with decided %v", r.Value, batch.Decided)
			}
		}
	}
}

func restarted(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	all := make(map[string]bool)
	for round := range 4 {
		s := newService(b.ledger)
		stop := b.consume(s, bus.Options{MaxBatch: 7})
		for _, id := range ids(fmt.Sprint("round", round), 30) {
			all[id] = true
			b.publish(id)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		b.restart()
	}
	b.consume(newService(b.ledger), bus.Options{})
	eventually(t, "all are decided", func() bool { return len(b.ledger.missing(all)) == 0 })
	if err := b.ledger.disorder(); err != nil {
		t.Error(err)
	}
}

func full(t *testing.T, h Harness) {
	b := open(t, h, t.TempDir())
	padding := strings.Repeat(" ", 200<<10)
	n := 0
	fill := func() error {
		for ; n < 10*maxBytes/len(padding); n++ {
			recs := records(fmt.Sprintf("a/%d", n))
			recs[0].Value = append(recs[0].Value, padding...)
			if err := b.Engine.Publish(t.Context(), topicName, recs); err != nil {
				return err
			}
		}
		return nil
	}
	if err := fill(); !errors.Is(err, bus.ErrFull) {
		t.Fatalf("after %d bytes in a log of %d: %v", n*len(padding), maxBytes, err)
	}
	b.consume(newService(b.ledger), bus.Options{})
	for before := n; n < before+maxBytes/len(padding); {
		if err := fill(); err != nil && !errors.Is(err, bus.ErrFull) {
			t.Fatal(err)
		}
		eventually(t, "what was stored is decided", func() bool { return b.ledger.Decided() == n })
	}
}
