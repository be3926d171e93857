package plan_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/plan"
	"pgregory.net/rapid"
)

// first are the first n moments of a pace.
func first(p plan.Pace, seed uint64, n int) (all []time.Duration) {
	for due := range p.Due(plan.Dice(seed, 0)) {
		if len(all) == n {
			break
		}
		all = append(all, due)
	}
	return all
}

func TestASteadyPaceLeavesTheSameTimeBetweenMessages(t *testing.T) {
	got := first(plan.Pace{Start: time.Second, Rate: 4}, 1, 4)
	want := []time.Duration{1000 * time.Millisecond, 1250 * time.Millisecond, 1500 * time.Millisecond, 1750 * time.Millisecond}
	if !slices.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestWhatIsDueInAgesIsNotDueBefore(t *testing.T) {
	if got := first(plan.Pace{Rate: 1e-300}, 1, 2); got[1] < 100*365*24*time.Hour {
		t.Errorf("%v", got)
	}
}

// At t of a ramp of R the rate is t/R of the whole, so that half of what a
// steady pace would send has left by its end.
func TestARampGrowsFromNothing(t *testing.T) {
	got := first(plan.Pace{Rate: 100, Ramp: 10 * time.Second}, 1, 601)
	if got[0] != 0 {
		t.Errorf("the first is due at %v", got[0])
	}
	for n, want := range map[int]time.Duration{125: 5 * time.Second, 500: 10 * time.Second, 600: 11 * time.Second} {
		if off := (got[n] - want).Abs(); off > time.Millisecond {
			t.Errorf("message %d is due at %v, not %v", n, got[n], want)
		}
	}
}

func TestAPaceNeverGoesBackAndIsTheSameForTheSameSeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plan.Pace{
			Start: time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "start")), Ramp: time.Duration(rapid.Int64Range(0, 1e10).Draw(t, "ramp")),
			Rate: rapid.Float64Range(0.1, 1e6).Draw(t, "rate"), Arrivals: rapid.SampledFrom([]plan.Arrivals{plan.Steady, plan.Poisson}).Draw(t, "arrivals"),
		}
		seed := rapid.Uint64().Draw(t, "seed")
		got := first(p, seed, 200)
		if !slices.IsSorted(got) || got[0] < p.Start {
			t.Fatalf("%v", got)
		}
		if !slices.Equal(got, first(p, seed, 200)) {
			t.Fatal("the same seed gave another pace")
		}
	})
}

// The gaps of independent arrivals have their mean as standard deviation.
func TestPoissonArrivalsHaveTheRateAndTheSpreadOfIndependentPeople(t *testing.T) {
	const n = 20_000
	got := first(plan.Pace{Rate: 1000, Arrivals: plan.Poisson}, 7, n)
	mean := got[n-1].Seconds() / n
	var square float64
	for i := 1; i < n; i++ {
		d := (got[i] - got[i-1]).Seconds() - mean
		square += d * d
	}
	if dev := math.Sqrt(square / n); mean < 0.00097 || mean > 0.00103 || dev < 0.00095 || dev > 0.00105 {
		t.Errorf("mean %v s, deviation %v s; not 0.001 both", mean, dev)
	}
}

func TestSizesKeepTheirRangesAndWeights(t *testing.T) {
	z, err := plan.ParseSizes("128x9,1024-4096x1")
	if err != nil {
		t.Fatal(err)
	}
	dice, large := plan.Dice(1, 1), 0
	for range 10_000 {
		switch n := z.Pick(dice); {
		case n >= 1024 && n <= 4096:
			large++
		case n != 128:
			t.Fatalf("%d bytes", n)
		}
	}
	if large < 900 || large > 1100 {
		t.Errorf("%d of 10,000 are large, not a tenth", large)
	}
	if least, most := z.Bounds(); least != 128 || most != 4096 || z.String() != "128x9,1024-4096x1" {
		t.Errorf("%v: %d to %d", z, least, most)
	}
}

func TestSizesThatCannotBeReadAreRefused(t *testing.T) {
	for _, s := range []string{"", "x", "0", "-5", "5-", "200-100", "128x0", "128,", "1e3", "99999999999", "128x-1"} {
		if z, err := plan.ParseSizes(s); err == nil {
			t.Errorf("%q is read as %v", s, z)
		} else if strings.Contains(err.Error(), strconv.Quote(s)) {
			t.Errorf("%q is told again: %v", s, err)
		}
	}
}

func FuzzParseSizes(f *testing.F) {
	f.Add("128x9,1024-4096x1")
	f.Fuzz(func(t *testing.T, s string) {
		z, err := plan.ParseSizes(s)
		if err != nil {
			return
		}
		least, most := z.Bounds()
		if n := z.Pick(plan.Dice(1, 1)); n < least || n > most || least < 1 {
			t.Errorf("%q: %d is not from %d to %d", s, n, least, most)
		}
	})
}
