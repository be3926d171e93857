package server

import (
	"slices"
	"testing"
)

func TestMemoryIsReleasedOnceAfterEachBurst(t *testing.T) {
	counts := []int{
		0, 0, 0, 0, // at rest
		500, 500, 500, 500, // too few to matter
		4000, 9000, 10_000, 10_010, 10_020, 10_020, // a burst, over at the last
		10_020, 10_020, 11_500, 11_500, 11_500, 11_500, // less than a quarter more
		200, 200, 200, 200, // gone
		10_000, 10_000, 10_000, 10_000, // and back
	}
	var b burst
	var at []int
	for i, n := range counts {
		if b.over(n) {
			at = append(at, i)
		}
	}
	if want := []int{13, 27}; !slices.Equal(at, want) {
		t.Fatalf("released at looks %v, want %v", at, want)
	}
}
