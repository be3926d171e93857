package report

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/loadtest/measure"
)

// Line is one second of a test in one line.
func Line(p measure.Point) string {
	parts := []string{fmt.Sprintf("%4.0f s %-8s %d live", p.AtS, p.Phase, p.Live)}
	if sends(p) {
		parts = append(parts, fmt.Sprintf("%.0f deliveries/s", p.DeliveriesPerSecond))
	}
	if q := p.LatencyMS; q.Count > 0 {
		parts = append(parts, fmt.Sprintf("p50 %s · p99 %s · max %s", millis(q.P50), millis(q.P99), millis(q.Max)))
	} else if q := p.ConnectMS; q.Count > 0 {
		parts = append(parts, fmt.Sprintf("%d connected: p50 %s · max %s", q.Count, millis(q.P50), millis(q.Max)))
	}
	if p.Errors > 0 {
		parts = append(parts, fmt.Sprintf("errors %d", p.Errors))
	}
	if p.Lagging > 0 {
		parts = append(parts, fmt.Sprintf("queues dropped %d", p.Lagging))
	}
	return strings.Join(append(parts, headroom(p)), " · ")
}

// Try is one try of a load in one line, that of a table whose first column is the
// load; said is what came of it.
func Try(load float64, latency measure.Quantiles, said string) string {
	return fmt.Sprintf("%*s  %s · %s", beside-2, measure.Digits(load), quantiles(latency, "p90", "p99.9"), said)
}

// TryHead is the head of that table.
func TryHead(unit string) string {
	return fmt.Sprintf("%*s  latency, and whether it was kept", beside-2, unit)
}

// sends tells whether there were messages in a second.
func sends(p measure.Point) bool { return p.MessagesPerSecond > 0 || p.DeliveriesPerSecond > 0 }

func headroom(p measure.Point) string {
	return fmt.Sprintf("generator %.0f %%", 100*p.GeneratorCPUShare)
}
