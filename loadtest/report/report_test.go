package report_test

import (
	"strings"
	"testing"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/report"
	"github.com/go-json-experiment/json"
)

func summary() measure.Summary {
	return measure.Summary{
		Scenario: "fanout", Valid: true, Sent: 10, Expected: 100, Delivered: 100, DeliveriesPerSecond: 1000, MessagesPerSecond: 100,
		LatencyMS:  measure.Quantiles{P50: 0.5, P99: 12, Max: 1500},
		Conditions: measure.Conditions{Clients: 10, Senders: 1, Rate: 1000, Payload: "128", Cores: 2, ServerRSS: 10 << 20},
	}
}

func TestAPersonReadsTheVerdictFirst(t *testing.T) {
	sound, invalid, faulty := summary(), summary(), summary()
	invalid.Valid, invalid.Conditions.Reason = false, "the generator was slow"
	faulty.Lost, faulty.Errors, faulty.Conditions.FirstError = 3, 1, "closed by the server"
	for want, s := range map[string]measure.Summary{"once and in order": sound, "not valid: the generator was slow": invalid, "with faults": faulty} {
		first, _, _ := strings.Cut(report.Text(s), "\n")
		if !strings.Contains(first, want) {
			t.Errorf("%q does not say %q", first, want)
		}
	}
	all := report.Text(faulty)
	for _, part := range []string{"lost 3", "closed by the server", "p50 0.50 ms", "p99 12 ms", "max 1.50 s", "10.0 MiB"} {
		if !strings.Contains(all, part) {
			t.Errorf("%q is not in\n%s", part, all)
		}
	}
}

func TestFiguresAreShortAndOneIsNotMany(t *testing.T) {
	s := summary()
	c := &s.Conditions
	c.Clients, c.Rate, c.DurationS, c.WarmupS, c.Arrivals = 1, 1_000_000, 1.234567891, 0.5, "steady"
	c.Repaired, c.Lagging = 1, 1
	s.LatencyMS = measure.Quantiles{P50: 1.23456, P99: 12.3456, Max: 1234.5678, Count: 1}
	all := report.Text(s)
	for _, part := range []string{
		" 1 client, 1 sender, open loop, 1000000 deliveries/s, steady, 128 bytes, 1.23 s after 0.5 s of warm-up",
		"pulled 1 delivery · the server dropped 1 queue\n",
	} {
		if !strings.Contains(all, part) {
			t.Errorf("%q is not in\n%s", part, all)
		}
	}
	if got, want := report.Try(406.25, s.LatencyMS, "kept"), "         406  p50 1.23 ms · p99 12 ms · max 1.23 s · kept"; got != want {
		t.Errorf("a try is\n%s, not\n%s", got, want)
	}
}

// Scripts read these names (README, `loadtest -o json`).
func TestTheJSONHasExactlyThePublishedNames(t *testing.T) {
	b, err := json.Marshal(summary())
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, name := range []string{"scenario", "valid", "sent", "expected", "delivered", "lost", "duplicated", "out_of_order", "errors",
		"deliveries_per_second", "messages_per_second", "latency_ms", "p50", "p90", "p99", "p999", "max", "connect_ms", "conditions"} {
		i := strings.Index(string(b[at:]), `"`+name+`":`)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place: %s", name, b)
		}
		at += i
	}
	if strings.Contains(string(b), "\n") {
		t.Error("more than one line")
	}
}
