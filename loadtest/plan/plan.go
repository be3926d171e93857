// Package plan decides before a test starts what leaves when, and how large it
// is. All of it follows from a seed and a clock's reading alone: a server that
// stalls changes nothing, and the same seed gives the same load again.
//
// Values are for one goroutine at a time, but for Sizes, which never change.
package plan

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

// Arrivals says how the messages of an open loop follow each other.
type Arrivals string

// The kinds of arrivals.
const (
	Steady  Arrivals = "steady"  // each as long after the last
	Poisson Arrivals = "poisson" // independent of each other, as those of many people are
)

// ParseArrivals reads one of the kinds.
func ParseArrivals(s string) (Arrivals, error) {
	switch a := Arrivals(s); a {
	case Steady, Poisson:
		return a, nil
	}
	return "", fmt.Errorf("%q: it is steady or poisson", s)
}

// Pace says when each message of an open loop is meant to leave.
type Pace struct {
	Start    time.Duration
	Ramp     time.Duration // the rate grows from nothing for so long
	Rate     float64       // messages per second, after the ramp
	Arrivals Arrivals      // "" is Steady
}

// Due yields for message 0, 1, 2 … when it is meant to leave, without end.
func (p Pace) Due(r *rand.Rand) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		at := 0.0 // how many messages should have left before this one
		for {
			if p.Arrivals == Poisson {
				at += r.ExpFloat64()
			}
			if !yield(p.Start + p.after(at)) {
				return
			}
			if p.Arrivals != Poisson {
				at++
			}
		}
	}
}

// after is when n messages should have left. While it ramps, n grows with the
// square of the time: n = Rate·t²/(2·Ramp).
func (p Pace) after(n float64) time.Duration {
	ramp := p.Ramp.Seconds()
	ramped := p.Rate * ramp / 2
	s := ramp + (n-ramped)/p.Rate
	if n < ramped {
		s = math.Sqrt(2 * ramp * n / p.Rate)
	}
	return time.Duration(min(s*float64(time.Second), 1<<62)) // a century and a half: never
}

// Dice is the source of chance of one part of a test: the same for the same seed and part.
func Dice(seed uint64, part int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(part))) }
