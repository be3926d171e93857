package bus_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/chatctl/chatctl/server/bus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	errAway     = errors.New("away")
	errConflict = errors.New("conflict")
	errStop     = errors.New("stop")
	errOdd      = errors.New("odd")
)

// desk is a consumer with a position row in memory and a script of failures.
type desk struct {
	pos, published int64
	fail           func(bus.Batch) error // before a batch is committed
	unsure         func(bus.Batch) error // after it was
	applied        []bus.Batch
	decided        []string
	held           []string
}

func (d *desk) Take(context.Context, int, string) (int64, int64, error) {
	return d.published, d.pos, nil
}

func (d *desk) Apply(_ context.Context, b bus.Batch) error {
	if !b.Decided {
		if err := d.transact(b, func() error { return ask(d.fail, b) }); err != nil {
			return err
		}
	}
	if err := ask(d.unsure, b); err != nil {
		return err
	}
	d.applied = append(d.applied, b)
	return nil
}

func (d *desk) Hold(_ context.Context, b bus.Batch, _ error) error {
	return d.transact(b, func() error {
		id := string(b.Records[0].Value)
		if !slices.Contains(d.decided, id) {
			d.held, d.decided = append(d.held, id), append(d.decided, id)
		}
		return nil
	})
}

// transact is the fence of promises, rule 6, then the decisions.
func (d *desk) transact(b bus.Batch, first func() error) error {
	switch {
	case d.pos >= b.Pos && d.pos > b.Expected:
		return nil
	case d.pos != b.Expected:
		return fmt.Errorf("%w: the position is %d, the batch goes from %d to %d", errStop, d.pos, b.Expected, b.Pos)
	}
	if err := first(); err != nil {
		return err
	}
	d.pos, d.published = b.Pos, b.Published
	for _, r := range b.Records {
		if !slices.Contains(d.decided, string(r.Value)) {
			d.decided = append(d.decided, string(r.Value))
		}
	}
	return nil
}

func ask(fail func(bus.Batch) error, b bus.Batch) error {
	if fail == nil {
		return nil
	}
	return fail(b)
}

func (d *desk) Fate(err error) bus.Fate {
	switch {
	case errors.Is(err, errAway), errors.Is(err, context.Canceled):
		return bus.Retry
	case errors.Is(err, errConflict):
		return bus.Shrink
	case errors.Is(err, errStop):
		return bus.Stop
	}
	return bus.Suspect
}

// sizes are how many records each batch had.
func (d *desk) sizes() (n []int) {
	for _, b := range d.applied {
		n = append(n, len(b.Records))
	}
	return n
}

func store(t interface{ Context() context.Context }, m *memory, values ...string) {
	recs := make([]bus.Record, len(values))
	for i, v := range values {
		recs[i].Value = []byte(v)
	}
	_ = m.Publish(t.Context(), "", recs) // a memory never fails
}

// pass lets d of the bubble's time pass.
func pass(d time.Duration) { <-time.After(d) }

// consume runs d on m until nothing moves any more, and returns what Consume did.
func consume(ctx context.Context, m bus.Engine, d *desk, opts bus.Options) error {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- bus.New(m, slog.New(slog.DiscardHandler), opts).Consume(ctx, "t", d) }()
	pass(time.Hour) // every back-off is over
	cancel()
	return <-ended
}

func TestAPartitionThatRetriesForTenSecondsIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		m := newMemory()
		var back atomic.Bool
		d := &desk{fail: func(bus.Batch) error {
			if !back.Load() {
				return errAway
			}
			return nil
		}}
		store(t, m, "a")
		l := bus.New(m, slog.New(slog.NewTextHandler(&lines, nil)), bus.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- l.Consume(ctx, "t", d) }()
		pass(9 * time.Second)
		if err := l.Ready(); err != nil {
			t.Errorf("after 9 s: %v", err)
		}
		pass(2 * time.Second)
		if err := l.Ready(); !errors.Is(err, errAway) {
			t.Errorf("after 11 s: %v", err)
		}
		pass(time.Hour)
		back.Store(true)
		pass(10 * time.Second)
		if err := l.Ready(); err != nil {
			t.Errorf("once it goes on: %v", err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := strings.Count(lines.String(), "level=WARN"); n != 1 {
			t.Errorf("%d lines for one incident", n)
		}
	})
}

func TestABatchIsHalvedAtAConflictAndDoubledAfterEightSuccesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, conflicts := newMemory(), 2
		d := &desk{fail: func(bus.Batch) error {
			if conflicts > 0 {
				conflicts--
				return errConflict
			}
			return nil
		}}
		for i := range 200 {
			store(t, m, fmt.Sprint(i))
		}
		if err := consume(t.Context(), m, d, bus.Options{MaxBatch: 16}); err != nil {
			t.Error(err)
		}
		want := slices.Concat(slices.Repeat([]int{4}, 8), slices.Repeat([]int{8}, 8), []int{16, 16, 16, 16, 16, 16, 8})
		if got := d.sizes(); !slices.Equal(got, want) {
			t.Errorf("batches of %v, not %v", got, want)
		}
	})
}

// What is committed although the commit's answer was a conflict is passed over in
// smaller batches, of which none begins before the position and ends behind it.
func TestABatchThatWasCommittedInSpiteOfAConflictIsPassedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, once := newMemory(), errConflict
		d := &desk{unsure: func(bus.Batch) (err error) {
			err, once = once, nil
			return err
		}}
		store(t, m, "a", "b", "c", "d", "e")
		store(t, m, "f")
		if err := consume(t.Context(), m, d, bus.Options{MaxBatch: 5}); err != nil { // then 2 of them, 2, and 1
			t.Error(err)
		}
		if want := []string{"a", "b", "c", "d", "e", "f"}; !slices.Equal(d.decided, want) {
			t.Errorf("decided: %v, not %v", d.decided, want)
		}
	})
}

func TestALargeStoredMessageIsDecidedInPartsAndMovesThePositionOnlyAtItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, d := newMemory(), &desk{}
		store(t, m, "a", "b", "c", "d", "e")
		store(t, m, "f")
		if err := consume(t.Context(), m, d, bus.Options{MaxBatch: 2}); err != nil {
			t.Error(err)
		}
		var got []string
		for _, b := range d.applied {
			got = append(got, fmt.Sprintf("%d: %d-%d %d", len(b.Records), b.Expected, b.Pos, b.Published))
		}
		want := []string{"2: 0-0 0", "2: 0-0 0", "2: 0-2 0"}
		if !slices.Equal(got, want) {
			t.Errorf("batches %q, not %q", got, want)
		}
	})
}

func TestOnlyWhatACommitKnowsAsPublishedIsPurged(t *testing.T) {
	for fault, want := range map[bool][]int64{false: {1, 2}, true: {1, 2, 3}} {
		synctest.Test(t, func(t *testing.T) {
			m, d := newMemory(), &desk{}
			for i := range 3 {
				store(t, m, fmt.Sprint(i))
			}
			if err := consume(t.Context(), m, d, bus.Options{MaxBatch: 1, Faults: bus.Faults{PurgeCommitted: fault}}); err != nil {
				t.Error(err)
			}
			if !slices.Equal(m.purged, want) {
				t.Errorf("purged below %v, not %v; fault %v", m.purged, want, fault)
			}
		})
	}
}

func TestWhatIsDecidedIsNotMixedWithWhatIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, d := newMemory(), &desk{published: 1, pos: 3}
		for i := range 6 {
			store(t, m, fmt.Sprint(i+1))
		}
		if err := consume(t.Context(), m, d, bus.Options{}); err != nil {
			t.Error(err)
		}
		if len(d.applied) != 2 || !d.applied[0].Decided || len(d.applied[0].Records) != 2 || d.applied[1].Decided || d.applied[1].Published != 3 {
			t.Errorf("batches: %+v", d.applied)
		}
		if !slices.Equal(d.decided, []string{"4", "5", "6"}) {
			t.Errorf("decided: %v", d.decided)
		}
	})
}

// holes is a memory whose second message is missing.
type holes struct{ *memory }

func (h holes) Own(ctx context.Context, _ string, run func(context.Context, bus.Partition) error) error {
	return run(ctx, h)
}

func (h holes) Next(ctx context.Context) (bus.Stored, error) {
	s, err := h.memory.Next(ctx)
	if s.Number > 1 {
		s.Number++
	}
	return s, err
}

func (h holes) TryNext() (bus.Stored, bool, error) { return bus.Stored{}, false, nil }

func TestAGapStopsThePartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, d := newMemory(), &desk{}
		store(t, m, "a")
		store(t, m, "b")
		if err := consume(t.Context(), holes{m}, d, bus.Options{}); !errors.Is(err, bus.ErrNotGapless) {
			t.Errorf("consuming ended with %v", err)
		}
		if !slices.Equal(d.decided, []string{"a"}) {
			t.Errorf("decided: %v", d.decided)
		}
	})
}

func TestABatchUnderWayIsFinishedAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		m := newMemory()
		d := &desk{fail: func(bus.Batch) error { cancel(); return nil }}
		store(t, m, "a")
		store(t, m, "b")
		if err := consume(ctx, m, d, bus.Options{MaxBatch: 1}); err != nil {
			t.Error(err)
		}
		if !slices.Equal(d.decided, []string{"a"}) {
			t.Errorf("decided: %v", d.decided)
		}
	})
}

// Whatever fails, in whatever order and before or after a commit: every record
// is decided once, in order, and only what always fails is held.
func TestEveryRecordIsDecidedOnceInOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 12).Draw(r, "stored messages")
		errs := []error{nil, nil, nil, errAway, errConflict, errOdd}
		before := rapid.SliceOfN(rapid.SampledFrom(errs), 0, 40).Draw(r, "before commit")
		after := rapid.SliceOfN(rapid.SampledFrom(errs), 0, 20).Draw(r, "after commit")
		bad := rapid.IntRange(0, 20).Draw(r, "poison")
		batch := rapid.IntRange(1, 20).Draw(r, "batch")
		odds := 0
		for _, err := range slices.Concat(before, after) {
			if errors.Is(err, errOdd) {
				odds++
			}
		}
		pop := func(errs *[]error) error {
			if len(*errs) == 0 {
				return nil
			}
			err := (*errs)[0]
			*errs = (*errs)[1:]
			return err
		}
		m := newMemory()
		d := &desk{unsure: func(bus.Batch) error { return pop(&after) }}
		d.fail = func(b bus.Batch) error {
			if slices.ContainsFunc(b.Records, func(r bus.Record) bool { return string(r.Value) == fmt.Sprint(bad) }) {
				panic("poison")
			}
			return pop(&before)
		}
		var all []string
		for _, n := range sizes {
			var values []string
			for range n {
				values = append(values, fmt.Sprint(len(all)+len(values)))
			}
			all = append(all, values...)
			store(t, m, values...)
		}
		var err error
		synctest.Test(t, func(t *testing.T) {
			m.more = make(chan struct{}) // of the bubble
			m.owner = make(chan struct{}, 1)
			err = consume(t.Context(), m, d, bus.Options{MaxBatch: batch})
		})
		if err != nil || !slices.Equal(d.decided, all) || d.pos != int64(len(sizes)) {
			r.Fatalf("decided %v of %v, position %d of %d: %v", d.decided, all, d.pos, len(sizes), err)
		}
		if odds < 5 && slices.ContainsFunc(d.held, func(id string) bool { return id != fmt.Sprint(bad) }) {
			r.Fatalf("held %v after %d errors", d.held, odds)
		}
		if (bad < len(all)) != slices.Contains(d.held, fmt.Sprint(bad)) {
			r.Fatalf("held %v, poison is %d", d.held, bad)
		}
	})
}
