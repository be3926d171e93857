package find_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/loadtest/find"
	"github.com/chatctl/chatctl/loadtest/measure"
	"pgregory.net/rapid"
)

// upTo is a server that keeps every load up to bound.
func upTo(bound float64) func(context.Context, float64) (measure.Summary, error) {
	return func(_ context.Context, load float64) (measure.Summary, error) {
		s := measure.Summary{Valid: true, Sent: 1, Thresholds: []measure.Verdict{{Threshold: "p99<100ms", Value: load, Met: load <= bound}}}
		s.Conditions = measure.Conditions{Cores: 2, GOMAXPROCS: 2, ServerCPU: 1.9}
		return s, nil
	}
}

func TestTheHighestLoadIsFoundWithinWhatWasAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.Float64Range(1, 1e6).Draw(t, "bound")
		within := rapid.Float64Range(0.001, 0.5).Draw(t, "within")
		repeats := rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "repeats")
		a, err := find.Search{From: 1, To: 1e9, Within: within, Repeats: repeats, Try: upTo(bound)}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if a.Highest > bound || a.Failed <= bound || a.Failed-a.Highest > within*a.Failed {
			t.Fatalf("between %v and %v, within %v; the bound is %v", a.Highest, a.Failed, within, bound)
		}
		if a.AtHighest == nil || !a.AtHighest.Thresholds[0].Met || a.Invalid || !strings.Contains(a.Limit, "the server's CPU") {
			t.Fatalf("%+v", a)
		}
	})
}

func TestWholeLoadsEndWithNeighbours(t *testing.T) {
	a, err := find.Search{From: 10, To: 1000, Within: 0.0001, Repeats: 1, Whole: true, Try: upTo(137.5)}.Run(t.Context())
	if err != nil || a.Highest != 137 || a.Failed != 138 {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAServerThatKeepsAllIsNotLimited(t *testing.T) {
	a, err := find.Search{From: 100, To: 1000, Within: 0.1, Repeats: 3, Try: upTo(1e9)}.Run(t.Context())
	if err != nil || a.Highest != 1000 || a.Failed != 0 || !strings.HasPrefix(a.Limit, "nothing") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestMostOfTheTriesDecide(t *testing.T) {
	tries := 0
	search := find.Search{From: 100, To: 100, Within: 0.1, Repeats: 3, Try: func(ctx context.Context, load float64) (measure.Summary, error) {
		tries++
		if tries == 1 { // one that was disturbed
			return upTo(0)(ctx, load)
		}
		return upTo(1e9)(ctx, load)
	}}
	a, err := search.Run(t.Context())
	if err != nil || a.Highest != 100 || tries != 3 {
		t.Errorf("%+v after %d tries, %v", a, tries, err)
	}
}

func TestALoadThatTheGeneratorCouldNotMakeIsNamed(t *testing.T) {
	a, err := find.Search{From: 1, To: 8, Within: 0.1, Repeats: 1, Try: func(ctx context.Context, load float64) (measure.Summary, error) {
		s, err := upTo(1e9)(ctx, load)
		if load > 2 {
			s.Valid, s.Conditions.Reason = false, "it was late"
		}
		return s, err
	}}.Run(t.Context())
	if err != nil || !a.Invalid || a.Limit != "it was late" || a.Highest != 2.5 && a.Highest > 4 {
		t.Errorf("%+v, %v", a, err)
	}
}

// hindered is a server that keeps every load up to bound, with a generator that
// makes none for which busy is true.
func hindered(bound float64, busy func(load float64) bool) func(context.Context, float64) (measure.Summary, error) {
	return func(ctx context.Context, load float64) (measure.Summary, error) {
		s, err := upTo(bound)(ctx, load)
		if busy(load) {
			s.Valid, s.Conditions.Reason = false, "it was late"
			s.Thresholds[0].Met = !s.Thresholds[0].Met // it tells nothing
		}
		return s, err
	}
}

func TestTriesThatTheGeneratorSpoiltDoNotCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.Float64Range(1, 1e6).Draw(t, "bound")
		within := rapid.Float64Range(0.001, 0.5).Draw(t, "within")
		repeats := rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "repeats")
		spoilt := map[float64]int{}
		a, err := find.Search{From: 1, To: 1e9, Within: within, Repeats: repeats, Try: hindered(bound, func(load float64) bool {
			if spoilt[load] == repeats || !rapid.Bool().Draw(t, "busy") {
				return false
			}
			spoilt[load]++
			return true
		})}.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if a.Highest > bound || a.Failed <= bound || a.Failed-a.Highest > within*a.Failed || a.Invalid || !strings.Contains(a.Limit, "the server's CPU") {
			t.Fatalf("between %v and %v, within %v; the bound is %v; %+v", a.Highest, a.Failed, within, bound, a)
		}
	})
}

func TestAFirstLoadThatTheGeneratorCannotMakeIsHalved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		makes := rapid.Float64Range(1, 1000).Draw(t, "makes")
		from := makes * rapid.Float64Range(1.001, 31.9).Draw(t, "from")
		repeats := rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "repeats")
		search := find.Search{From: from, To: 1e9, Within: 0.1, Repeats: repeats}
		search.Try = hindered(1e9, func(load float64) bool { return load > makes })
		a, err := search.Run(t.Context())
		if err != nil || !a.Invalid || a.Highest > makes || a.Failed <= makes || a.Failed-a.Highest > 0.1*a.Failed {
			t.Fatalf("between %v and %v, and the generator makes %v: %+v, %v", a.Highest, a.Failed, makes, a, err)
		}

		// A generator that was only busy at first finds what the server can do.
		bound := from * rapid.Float64Range(1, 100).Draw(t, "bound")
		busy := (repeats + repeats/2 + 1) * rapid.IntRange(1, 5).Draw(t, "busy loads")
		search.Try = hindered(bound, func(float64) bool { busy--; return busy >= 0 })
		a, err = search.Run(t.Context())
		if err != nil || a.Invalid || a.Highest > bound || a.Failed <= bound || a.Failed-a.Highest > 0.1*a.Failed {
			t.Fatalf("between %v and %v, and the bound is %v: %+v, %v", a.Highest, a.Failed, bound, a, err)
		}
	})
}

func TestTheFirstLoadIsNotHalvedForEver(t *testing.T) {
	search := find.Search{From: 64, To: 1e9, Within: 0.1, Repeats: 3, Try: hindered(1e9, func(float64) bool { return true })}
	a, err := search.Run(t.Context())
	if err != nil || a.Highest != 0 || a.Failed != 2 || !a.Invalid || len(a.Attempts) != 6*5 {
		t.Errorf("%+v, %v", a, err)
	}
	search.Possible = func(load float64) error {
		if load < 20 {
			return errors.New("too few")
		}
		return nil
	}
	if a, err = search.Run(t.Context()); err != nil || a.Failed != 32 || !a.Invalid {
		t.Errorf("%+v, %v", a, err)
	}
	search.From = 10
	if err := search.Check(); err == nil || !strings.Contains(err.Error(), "too few") {
		t.Error(err)
	}
}

func TestAServerThatFailsAHalvedLoadIsToldSo(t *testing.T) {
	a, err := find.Search{From: 100, To: 1000, Within: 0.1, Repeats: 3, Try: hindered(1, func(load float64) bool { return load > 60 })}.Run(t.Context())
	if err != nil || a.Highest != 0 || a.Failed != 50 || a.Invalid || strings.Contains(a.Limit, "generator") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestALossIsNotKeptWhateverTheDemands(t *testing.T) {
	a, err := find.Search{From: 1, To: 1, Within: 0.1, Repeats: 1, Try: func(context.Context, float64) (measure.Summary, error) {
		return measure.Summary{Valid: true, Lost: 1}, nil
	}}.Run(t.Context())
	if err != nil || a.Highest != 0 || a.Failed != 1 || !strings.Contains(a.Attempts[0].Why, "lost 1") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAnErrorOfATryEndsTheSearch(t *testing.T) {
	gone := errors.New("the server is gone")
	_, err := find.Search{From: 1, To: 8, Within: 0.1, Repeats: 1, Try: func(context.Context, float64) (measure.Summary, error) {
		return measure.Summary{}, gone
	}}.Run(t.Context())
	if !errors.Is(err, gone) {
		t.Error(err)
	}
}

func TestAnInterruptedSearchTellsWhatItHasFound(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	a, err := find.Search{From: 1, To: 8, Within: 0.1, Repeats: 1, Try: func(_ context.Context, load float64) (measure.Summary, error) {
		if load == 4 {
			cancel()
			return measure.Summary{}, ctx.Err()
		}
		return upTo(1e9)(ctx, load)
	}}.Run(ctx)
	if !errors.Is(err, context.Canceled) || !a.Interrupted || a.Highest != 2 || len(a.Attempts) != 2 || a.AtHighest == nil {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestAWrongSearchIsToldAsItsFlags(t *testing.T) {
	err := find.Search{From: 0, To: -1, Within: 2, Repeats: 2}.Check()
	for _, flag := range []string{"--from 0", "--to -1", "--within 2", "--repeats 2"} {
		if !strings.Contains(fmt.Sprint(err), flag) {
			t.Errorf("%v does not tell %s", err, flag)
		}
	}
}

func TestTheLimitIsWhatLeastWasLeftOf(t *testing.T) {
	for want, s := range map[string]measure.Summary{
		"the generator sent late": {Conditions: measure.Conditions{Reason: "the generator sent late"}},
		"the server's CPU":        {Valid: true, Conditions: measure.Conditions{Cores: 2, GOMAXPROCS: 2, ServerCPU: 1.85}},
		"this machine's CPU":      {Valid: true, Conditions: measure.Conditions{Cores: 2, GOMAXPROCS: 2, ServerCPU: 1.1, GeneratorCPU: 0.8}},
		"this machine's disks":    {Valid: true, Conditions: measure.Conditions{Cores: 2, GOMAXPROCS: 2, ServerCPU: 0.5, IOPressure: 0.6}},
		"the readers: they did not keep up, so the server dropped 1 queue of": {Valid: true, Conditions: measure.Conditions{Cores: 2, GOMAXPROCS: 2, ServerCPU: 0.5, Lagging: 1}},
		"neither CPU nor disks": {Valid: true, Conditions: measure.Conditions{Cores: 2, GOMAXPROCS: 2, ServerCPU: 0.5}},
		"or the network":        {Valid: true, Conditions: measure.Conditions{Cores: 2, GOMAXPROCS: 2}},
	} {
		if got := find.Limit(s); !strings.Contains(got, want) {
			t.Errorf("%q does not name %q", got, want)
		}
	}
}
