package sse_test

import (
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/sse"
	"pgregory.net/rapid"
)

func TestAFrameIsTheDataOfAnEvent(t *testing.T) {
	for frame, want := range map[string]string{
		`{"kind":"live"}`: "data: {\"kind\":\"live\"}\n\n",
		`{"kind":"going_away","retry_after_ms":300}`: "retry: 300\ndata: {\"kind\":\"going_away\",\"retry_after_ms\":300}\n\n",
	} {
		if got := string(sse.AppendFrame(nil, []byte(frame))); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if got, want := string(sse.AppendClose(nil, api.CloseStalled, `a "reason"`)), "event: close\ndata: {\"code\":4010,\"reason\":\"a \\\"reason\\\"\"}\n\n"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// Wherever what was written of some events ends, End finds the end of the one that is under way.
func TestTheEndOfTheEventUnderWayIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b []byte
		ends := []int{0}
		for range rapid.IntRange(1, 8).Draw(t, "events") {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				b = sse.AppendComment(b)
			case 1:
				b = sse.AppendClose(b, api.CloseGoingAway, "gone")
			default:
				b = sse.AppendFrame(b, []byte(`"`+strings.Repeat("x", rapid.IntRange(0, 9).Draw(t, "n"))+`"`))
			}
			ends = append(ends, len(b))
		}
		off := rapid.IntRange(0, len(b)).Draw(t, "off")
		want := 0
		for _, end := range ends {
			if want = end; end >= off {
				break
			}
		}
		if got := sse.End(b, off); got != want {
			t.Fatalf("End(%q, %d) is %d, not %d", b, off, got, want)
		}
	})
}
