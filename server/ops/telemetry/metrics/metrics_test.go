package metrics_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/ops/telemetry/metrics"
)

func counted() *metrics.Metrics {
	m := metrics.New(metrics.Config{Version: "1.2.3", Topics: []string{"actions.chat"}, Read: func(context.Context) metrics.Reading {
		return metrics.Reading{Connections: 7, Held: -1, FreeDisk: 1 << 30, Expiry: time.Unix(2e9, 0),
			Topics: []metrics.Topic{{Name: "actions.chat", Stored: 3, Last: 9, Bytes: 512, Pos: 7, Published: 6}}}
	}})
	m.Published("actions.chat", 5, time.Millisecond, nil)
	m.Published("actions.chat", 5, time.Millisecond, errors.New("full"))
	m.Published("unknown", 1, time.Millisecond, nil)
	m.Applied("actions.chat", 5, 3*time.Millisecond)
	m.Decided("refused", "not_member", 2)
	return m
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatIsCountedIsTold(t *testing.T) {
	text := scrape(t, counted())
	for _, want := range []string{
		`chatctl_build_info{version="1.2.3"} 1`, `chatctl_connections 7`, `chatctl_disk_free_bytes 1.073741824e+09`,
		`chatctl_log_records_total{topic="actions.chat"} 5`, `chatctl_log_refusals_total{topic="actions.chat"} 1`,
		`chatctl_log_publish_seconds_count{topic="actions.chat"} 1`, `chatctl_batch_records_sum{topic="actions.chat"} 5`,
		`chatctl_actions_decided_total{outcome="refused",reason="not_member"} 2`,
		`chatctl_log_lag_messages{topic="actions.chat"} 2`, `chatctl_log_unpublished_messages{topic="actions.chat"} 1`,
		`chatctl_certificate_expiry_timestamp_seconds 2e+09`, `go_goroutines `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %s", want)
		}
	}
	if strings.Contains(text, "chatctl_actions_held ") {
		t.Error("what could not be read is told")
	}
}

func TestPromtoolFindsNothingToSay(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CHATCTL_TEST_ALL") != "" {
			t.Fatal(err)
		}
		t.Skip("promtool is not installed (Debian: apt install prometheus)")
	}
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(scrape(t, counted()))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}

// BenchmarkPublished is what counting costs each publication.
func BenchmarkPublished(b *testing.B) {
	m := counted()
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		m.Published("actions.chat", 1, time.Since(start), nil)
	}
}

// BenchmarkApplied is what counting costs each batch.
func BenchmarkApplied(b *testing.B) {
	m := counted()
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		m.Applied("actions.chat", 50, time.Since(start))
	}
}
