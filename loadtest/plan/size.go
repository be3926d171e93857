package plan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Sizes is how large messages are, in bytes of text: one size, a range, or
// several of these with weights. Its text form is "128", "64-1024" or
// "128x9,1024-4096x1". The zero Sizes has no size.
type Sizes struct {
	text  string
	parts []part
	total int
}

type part struct{ from, to, weight int }

// ParseSizes reads the text form. Its errors name a part of s, and do not repeat the whole.
func ParseSizes(s string) (Sizes, error) {
	z := Sizes{text: s}
	for field := range strings.SplitSeq(s, ",") {
		p, err := parsePart(field)
		if err != nil && field != s {
			err = fmt.Errorf("%q: %w", field, err)
		}
		if err != nil {
			return Sizes{}, fmt.Errorf("%w; write BYTES or FROM-TO, several with weights: 128x9,1024-4096x1", err)
		}
		z.parts = append(z.parts, p)
		z.total += p.weight
	}
	return z, nil
}

const (
	mostWeight = 1_000_000
	mostBytes  = 1 << 30
)

func parsePart(s string) (p part, err error) {
	size, weight, weighted := strings.Cut(s, "x")
	from, to, isRange := strings.Cut(size, "-")
	p.weight = 1
	if weighted {
		if p.weight, err = number("the weight", weight, mostWeight); err != nil {
			return p, err
		}
	}
	if p.from, err = number("a size", from, mostBytes); err != nil {
		return p, err
	}
	p.to = p.from
	if isRange {
		if p.to, err = number("a size", to, mostBytes); err != nil {
			return p, err
		}
	}
	if p.to < p.from {
		return p, errors.New("a range ends where it began, or above")
	}
	return p, nil
}

func number(what, s string, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%s is a number from 1 to %d", what, most)
	}
	return n, nil
}

// String is the text form.
func (z Sizes) String() string { return z.text }

// Bounds are the smallest and the largest size; both are 0 without sizes.
func (z Sizes) Bounds() (least, most int) {
	for i, p := range z.parts {
		if i == 0 || p.from < least {
			least = p.from
		}
		most = max(most, p.to)
	}
	return least, most
}

// Pick draws a size.
func (z Sizes) Pick(r *rand.Rand) int {
	if len(z.parts) == 1 && z.parts[0].from == z.parts[0].to {
		return z.parts[0].from // without the dice
	}
	at := r.IntN(z.total)
	for _, p := range z.parts {
		if at -= p.weight; at < 0 {
			return p.from + r.IntN(p.to-p.from+1)
		}
	}
	return 0 // not reached: the weights add up to total
}
