// Package find looks for the highest load under which a server still keeps its
// demands: it doubles until they are not kept, halves the interval until it is
// narrow enough, and lets each load be tried several times. A try in which the
// generator was the limit tells nothing of the server, and is tried again before it
// counts. It knows nothing of what a load is. It starts nothing and keeps nothing.
package find

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/chatctl/chatctl/loadtest/measure"
)

// Search says between what to look, and how closely.
type Search struct {
	From, To float64 // the first load that is tried, and the highest
	Within   float64 // relative: the answer lies at most so much below the next load that failed
	Repeats  int     // odd; most of the tries decide, and as many that are invalid do not count
	Whole    bool    // loads are whole numbers
	// Possible says what is wrong with a load, so that it cannot be tried; nil: nothing ever is.
	Possible func(load float64) error
	// Try tests one load.
	Try func(ctx context.Context, load float64) (measure.Summary, error)
	// Told is called after each try; nil: nobody wants to know.
	Told func(Attempt)
}

// Attempt is one try of one load.
type Attempt struct {
	Load    float64         `json:"load"`
	Kept    bool            `json:"kept"`
	Why     string          `json:"why,omitempty"`  // it was not kept
	Again   bool            `json:"again,omitzero"` // it did not count, since the generator was the limit
	Limit   string          `json:"limit,omitempty"`
	Summary measure.Summary `json:"-"`
}

// Answer is what was found.
type Answer struct {
	Highest float64 `json:"highest"`         // the highest load that was kept; 0: not even the first one
	Failed  float64 `json:"failed,omitzero"` // the lowest above it that was not; 0: To was kept
	Limit   string  `json:"limit"`           // what stood in the way there
	Invalid bool    `json:"invalid"`         // that was the generator: the server can do more
	// Interrupted: the search ended early, and the answer may be better than Highest.
	Interrupted bool `json:"interrupted,omitzero"`

	Attempts []Attempt `json:"attempts"`

	// AtHighest is a kept try of the highest load.
	AtHighest *measure.Summary `json:"at_highest,omitempty"`
}

// Check says what is wrong with a Search.
func (s Search) Check() error {
	var errs []error
	bad := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	bad(!(s.From > 0), "--from %v: more than 0", s.From)
	bad(!(s.To >= s.From) || math.IsInf(s.To, 0), "--to %v: not below --from %v", s.To, s.From)
	bad(!(s.Within > 0 && s.Within < 1), "--within %v: between 0 and 1", s.Within)
	bad(s.Repeats < 1 || s.Repeats%2 == 0 || s.Repeats > 99, "--repeats %d: an odd number", s.Repeats)
	return errors.Join(append(errs, s.possible(s.From))...)
}

func (s Search) possible(load float64) error {
	if s.Possible == nil {
		return nil
	}
	return s.Possible(load)
}

// Run searches. An error is one of Try, or ctx's; the Answer is then what was
// found until that.
func (s Search) Run(ctx context.Context) (Answer, error) {
	var a Answer
	err := s.search(ctx, &a)
	return s.conclude(a), err
}

func (s Search) search(ctx context.Context, a *Answer) error {
	load, err := s.begin(ctx, a)
	if err != nil || a.Highest == 0 {
		return err
	}
	a.Failed = 0
	for a.Failed == 0 && load < s.To { // upwards, also to what the generator could not make at first
		load = min(s.round(2*load), s.To)
		if err := s.decide(ctx, load, a); err != nil {
			return err
		}
	}
	for a.Failed-a.Highest > s.Within*a.Failed {
		mid := s.round((a.Highest + a.Failed) / 2)
		if mid <= a.Highest || mid >= a.Failed {
			break // there is no whole number between
		}
		if err := s.decide(ctx, mid, a); err != nil {
			return err
		}
	}
	return nil
}

// halvings is how often the first load is halved at most.
const halvings = 5

// begin decides the first load, and halves it while the generator cannot make it.
func (s Search) begin(ctx context.Context, a *Answer) (load float64, err error) {
	load = s.round(s.From)
	err = s.decide(ctx, load, a)
	for n := 0; err == nil && n < halvings && a.Highest == 0 && a.unmade(); n++ {
		half := s.round(load / 2)
		if half == load || s.possible(half) != nil {
			break
		}
		load = half
		err = s.decide(ctx, load, a)
	}
	return load, err
}

// decide tries one load until most of the tries agree. Of invalid ones as many as
// Repeats do not count; a load that has more is one that the generator cannot make.
func (s Search) decide(ctx context.Context, load float64, a *Answer) error {
	kept, failed, spare := 0, 0, s.Repeats
	for most := s.Repeats/2 + 1; kept < most && failed < most; {
		sum, err := s.Try(ctx, load)
		if err != nil {
			a.Interrupted = ctx.Err() != nil
			return err
		}
		t := judge(load, sum)
		t.Again = !sum.Valid && spare > 0
		a.Attempts = append(a.Attempts, t)
		if s.Told != nil {
			s.Told(t)
		}
		switch {
		case t.Again:
			spare--
		case t.Kept:
			kept++
		default:
			failed++
		}
	}
	if kept > failed {
		a.Highest = load
	} else {
		a.Failed = load
	}
	return nil
}

// unmade tells whether the load that failed did so by the generator alone: no try of
// it was valid and not kept.
func (a *Answer) unmade() bool {
	for _, t := range a.Attempts {
		if t.Load == a.Failed && !t.Kept && t.Summary.Valid {
			return false
		}
	}
	return a.Failed > 0
}

// judge says whether a try was kept: valid, without a fault, every demand met.
func judge(load float64, sum measure.Summary) Attempt {
	t := Attempt{Load: load, Summary: sum, Limit: Limit(sum)}
	switch {
	case !sum.Valid:
		t.Why = sum.Conditions.Reason
	case !sum.Clean():
		t.Why = fmt.Sprintf("lost %d, duplicated %d, out of order %d, errors %d", sum.Lost, sum.Duplicated, sum.OutOfOrder, sum.Errors)
		if sum.Conditions.FirstError != "" {
			t.Why += ": " + sum.Conditions.FirstError
		}
	}
	for _, v := range sum.Thresholds {
		if t.Why == "" && !v.Met {
			t.Why = v.Threshold + ": " + v.Found()
		}
	}
	t.Kept = t.Why == ""
	return t
}

// conclude names what stood in the way, and keeps the best try's summary.
func (s Search) conclude(a Answer) Answer {
	a.Limit, a.Invalid = "nothing up to the highest load that was tried", a.unmade()
	for i := range a.Attempts {
		t := &a.Attempts[i]
		if t.Load == a.Failed && !t.Kept && t.Summary.Valid == !a.Invalid {
			a.Limit = t.Limit
		}
		if t.Load == a.Highest && t.Kept {
			a.AtHighest = &t.Summary
		}
	}
	return a
}

func (s Search) round(v float64) float64 {
	if s.Whole {
		return math.Round(v)
	}
	return v
}
