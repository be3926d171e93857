// Package report shows the summary of a load test to a person. What a program
// reads is the Summary itself, as JSON.
package report

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/loadtest/measure"
)

// Text is a summary in a few lines, the verdict first.
func Text(s measure.Summary) string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-13s %s\n", name, fmt.Sprintf(format, args...))
	}
	c := s.Conditions
	line(s.Scenario, "%s", verdict(s))
	line("load", "%s", load(s))
	if s.Sent > 0 {
		line("deliveries", "%.0f/s (%.0f messages/s)", s.DeliveriesPerSecond, s.MessagesPerSecond)
		line("latency", "%s", quantiles(s.LatencyMS))
	}
	if c.AcceptedMS != nil {
		line("accepted", "%s", quantiles(*c.AcceptedMS))
	}
	if c.ResultMS != nil {
		line("result", "%s", quantiles(*c.ResultMS))
	}
	line("connect", "%s", quantiles(s.ConnectMS))
	if s.Sent > 0 {
		line("counts", "sent %d · expected %d · delivered %d · lost %d · duplicated %d · out of order %d", s.Sent, s.Expected, s.Delivered, s.Lost, s.Duplicated, s.OutOfOrder)
	}
	if s.Errors > 0 {
		line("errors", "%d, one of them: %s", s.Errors, c.FirstError)
	}
	if c.Lagging+c.Repaired > 0 {
		line("repaired", "%d deliveries were pulled; the server dropped a queue %d times", c.Repaired, c.Lagging)
	}
	line("generator", "%.2f of %d cores (%.0f %% of what it could have) · lag p99 %s", c.GeneratorCPU, c.Cores, 100*c.GeneratorCPUShare, millis(c.GeneratorLagP99MS))
	if c.ServerRSS > 0 {
		line("server", "%s", server(c))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func verdict(s measure.Summary) string {
	switch {
	case !s.Valid:
		return "not valid: " + s.Conditions.Reason
	case !s.Clean():
		return "valid, with faults"
	case s.Scenario == "idle":
		return "valid, no fault"
	}
	return "valid, every delivery came once and in order"
}

func load(s measure.Summary) string {
	c := s.Conditions
	if c.Senders == 0 {
		return fmt.Sprintf("%d clients for %g s", c.Clients, c.DurationS)
	}
	how := fmt.Sprintf("open loop, %g deliveries/s", c.Rate)
	if c.Window > 0 {
		how = fmt.Sprintf("closed loop, %d under way per sender", c.Window)
	}
	return fmt.Sprintf("%d clients, %d senders, %s, %d bytes, %g s after %g s of warm-up", c.Clients, c.Senders, how, c.Payload, c.DurationS, c.WarmupS)
}

func server(c measure.Conditions) string {
	s := fmt.Sprintf("%.2f cores · %.1f MiB resident", c.ServerCPU, float64(c.ServerRSS)/(1<<20))
	if c.ServerRSSPerConnection != 0 {
		s += fmt.Sprintf(" · %.1f KiB a connection", float64(c.ServerRSSPerConnection)/(1<<10))
	}
	if c.KernelPerSocket != 0 {
		s += fmt.Sprintf(" · %.1f KiB of the kernel's a socket", float64(c.KernelPerSocket)/(1<<10))
	}
	return s
}

func quantiles(q measure.Quantiles) string {
	return fmt.Sprintf("p50 %s · p90 %s · p99 %s · p99.9 %s · max %s", millis(q.P50), millis(q.P90), millis(q.P99), millis(q.P999), millis(q.Max))
}

func millis(ms float64) string {
	switch {
	case ms >= 1000:
		return fmt.Sprintf("%.2f s", ms/1000)
	case ms >= 10:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f ms", ms)
}
