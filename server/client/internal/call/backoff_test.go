package call_test

import (
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/client/internal/call"
)

// longest is the longest of many waits, near enough to their bound.
func longest(wait func(*call.Backoff) time.Duration, before int) (most time.Duration) {
	for range 2000 {
		var b call.Backoff
		for range before {
			wait(&b)
		}
		most = max(most, wait(&b))
	}
	return most
}

func TestABackOffDoublesUpToHalfAMinute(t *testing.T) {
	for tries, bound := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		got := longest((*call.Backoff).Next, tries)
		if bound *= time.Second; got > bound || got < bound*9/10 {
			t.Errorf("try %d waits up to %v, not %v", tries+1, got, bound)
		}
	}
}

func TestWhoIsToldWhenToComeBackComesThenAndALittleLater(t *testing.T) {
	said := func(b *call.Backoff) time.Duration { return b.After(5*time.Second) - 5*time.Second }
	for tries, bound := range []time.Duration{1, 1, 2, 2, 4, 4, 8} {
		got := longest(said, tries)
		if bound *= time.Second; got > bound || got < bound*9/10 {
			t.Errorf("the %d. time it waits up to %v longer, not %v", tries+1, got, bound)
		}
	}
}

func TestWhatWasInVainDoesNotDelayWhoIsToldThen(t *testing.T) {
	for range 100 {
		var b call.Backoff
		for range 6 {
			b.Next()
		}
		if got := b.After(time.Second); got < time.Second || got > 2*time.Second {
			t.Fatalf("it waits %v", got)
		}
	}
}
