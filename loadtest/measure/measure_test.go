package measure_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/measure"
	"pgregory.net/rapid"
)

func TestQuantilesAreWithinATenthOfAPercentOfTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ds := rapid.SliceOfN(rapid.Int64Range(0, measure.Longest.Microseconds()), 1, 300).Draw(t, "µs")
		r := measure.NewRecorder(rapid.IntRange(1, 4).Draw(t, "shards"))
		for i, d := range ds {
			r.Add(i, time.Duration(d)*time.Microsecond)
		}
		slices.Sort(ds)
		q := r.Quantiles()
		for _, c := range []struct {
			q   float64
			got float64
		}{{.50, q.P50}, {.90, q.P90}, {.99, q.P99}, {.999, q.P999}, {1, q.Max}} {
			rank := max(int(c.q*float64(len(ds))+0.5), 1)
			low, high := ds[max(rank-2, 0)], ds[min(rank, len(ds)-1)] // a rank to either side: definitions differ
			if got := c.got * 1000; got < float64(low)*0.999-1 || got > float64(high)*1.001+1 {
				t.Fatalf("quantile %v is %v µs, the truth lies in [%d, %d]", c.q, got, low, high)
			}
		}
	})
}

func TestEveryDurationCountsWhoeverAddsIt(t *testing.T) {
	r := measure.NewRecorder(3)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for range 1000 {
				r.Add(w, time.Millisecond, -time.Second, time.Hour)
			}
		})
	}
	wg.Wait()
	if n := r.Count(); n != 24_000 {
		t.Errorf("%d durations counted, not 24,000", n)
	}
	if q := r.Quantiles(); q.P50 != 1 || q.Max != float64(time.Hour.Milliseconds()) {
		t.Errorf("%+v", q)
	}
}

func TestNothingRecordedIsZero(t *testing.T) {
	if q := measure.NewRecorder(0).Quantiles(); q != (measure.Quantiles{}) {
		t.Errorf("%+v", q)
	}
}

// What a ledger reports is compared with sets, whatever is lost, doubled and shuffled.
func TestALedgerCountsWhatWasInjected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		senders := rapid.IntRange(1, 3).Draw(t, "senders")
		sent := make([]int64, senders)
		var deliveries []measure.Message
		for seq := range rapid.IntRange(0, 60).Draw(t, "messages") {
			s := rapid.IntRange(0, senders-1).Draw(t, "sender")
			for range rapid.SampledFrom([]int{1, 1, 1, 1, 0, 2, 3}).Draw(t, "copies") {
				deliveries = append(deliveries, measure.Message{Sender: s + 7, N: sent[s], Seq: int64(seq + 1)})
			}
			sent[s]++
		}
		seed := rapid.Uint64().Draw(t, "seed")
		if rapid.Bool().Draw(t, "shuffle") {
			rng := rand.New(rand.NewPCG(seed, seed))
			rng.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
		}
		l := measure.NewLedger(7, senders)
		var want measure.Counts
		had := map[[2]int64]bool{}
		last := int64(0)
		for _, d := range deliveries {
			key := [2]int64{int64(d.Sender), d.N}
			switch {
			case had[key]:
				want.Duplicated++
			default:
				want.Delivered++
				if d.Seq <= last {
					want.OutOfOrder++
				}
				last = max(last, d.Seq)
			}
			if l.Note(d) == had[key] {
				t.Fatalf("%+v: first time is wrong", d)
			}
			had[key] = true
		}
		if got := l.Counts(); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		for s, n := range sent {
			for k := range l.Missing(s+7, n) {
				if key := [2]int64{int64(s + 7), k}; k >= n || had[key] {
					t.Fatalf("%v is not missing", key)
				} else {
					had[key] = true
				}
			}
			for k := range n {
				if !had[[2]int64{int64(s + 7), k}] {
					t.Fatalf("message %d of sender %d is missing and not told", k, s)
				}
			}
		}
	})
}

func TestAMessageSentAfterAnotherWasAcceptedMustNotComeBeforeIt(t *testing.T) {
	l := measure.NewLedger(0, 1)
	l.Note(measure.Message{N: 1, Floor: 1, Seq: 1}) // its sender had seen 0 accepted
	l.Note(measure.Message{N: 0, Seq: 2})
	if c := l.Counts(); c.OutOfOrder != 1 {
		t.Errorf("%+v", c)
	}
	pipelined := measure.NewLedger(0, 1)
	pipelined.Note(measure.Message{N: 1, Floor: 0, Seq: 1}) // both were under way: promises, rule 18 says nothing
	pipelined.Note(measure.Message{N: 0, Seq: 2})
	if c := pipelined.Counts(); c.OutOfOrder != 0 {
		t.Errorf("%+v", c)
	}
}

func TestAMessageThatNobodySentIsAlien(t *testing.T) {
	l := measure.NewLedger(3, 2)
	for _, s := range []int{2, 5, -1} {
		l.Note(measure.Message{Sender: s, Seq: 1})
	}
	if c := l.Counts(); c != (measure.Counts{Alien: 3}) {
		t.Errorf("%+v", c)
	}
}

func TestAGapIsSeenAndItsRepairIsNoDuplicate(t *testing.T) {
	l := measure.NewLedger(0, 1)
	l.Begin(10)
	gap := func(want int64, open bool) {
		t.Helper()
		if after, ok := l.Gap(); after != want || ok != open {
			t.Errorf("gap after %d: %v; not %d: %v", after, ok, want, open)
		}
	}
	gap(10, false)
	l.Note(measure.Message{N: 0, Seq: 11})
	l.Note(measure.Message{N: 2, Seq: 13})
	gap(11, true)
	l.Note(measure.Message{N: 1, Seq: 12, Pulled: true})
	gap(13, false)
	l.Note(measure.Message{N: 2, Seq: 13, Pulled: true}) // the pull brings what had come
	l.Behind(15)
	gap(13, true)
	l.Other(14)
	l.Note(measure.Message{N: 3, Seq: 15, Pulled: true})
	l.Note(measure.Message{N: 3, Seq: 15}) // the push comes after all
	gap(15, false)
	if c := l.Counts(); c != (measure.Counts{Delivered: 4, Repaired: 2}) {
		t.Errorf("%+v", c)
	}
}

func BenchmarkNote(b *testing.B) {
	l := measure.NewLedger(0, 1)
	for n := int64(0); b.Loop(); n++ {
		l.Note(measure.Message{N: n, Floor: n, Seq: n + 1})
	}
}
