// Package report shows the summary of a load test to a person. What a program
// reads is the Summary itself, as JSON.
package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/server/api/text/plural"
)

// Text is a summary in a few lines, the verdict first.
func Text(s measure.Summary) string {
	var t table
	c := s.Conditions
	t.line(s.Scenario, "%s", verdict(s))
	t.line("load", "%s", load(s))
	if s.Sent > 0 {
		t.line("deliveries", "%.0f/s (%.0f messages/s)", s.DeliveriesPerSecond, s.MessagesPerSecond)
		t.line("latency", "%s", quantiles(s.LatencyMS))
		t.line("raw", "%s", quantiles(s.RawMS))
	}
	t.stories(s)
	t.durations("accepted", c.AcceptedMS)
	t.durations("result", c.ResultMS)
	t.durations("connect", &s.ConnectMS)
	t.durations("attach", &s.AttachMS)
	if c.Waited > 0 {
		t.line("waited", "%s for a client that was still connecting: too few clients for this rate at this server; the times count the wait", plural.Of(c.Waited, "attach", "attaches"))
	}
	if s.Sent > 0 {
		t.line("counts", "%s", counts(s))
	}
	if s.Errors > 0 {
		t.line("errors", "%d, one of them: %s", s.Errors, c.FirstError)
	}
	if c.Lagging+c.Repaired > 0 {
		t.line("repaired", "pulled %s · the server dropped %s", plural.Of(c.Repaired, "delivery", "deliveries"), plural.Of(c.Lagging, "queue"))
	}
	for _, v := range s.Thresholds {
		t.line("threshold", "%s", judged(v))
	}
	t.line("generator", "%s", generator(c))
	if c.ServerRSS > 0 {
		t.line("server", "%s", server(c))
	}
	return strings.TrimSuffix(t.String(), "\n")
}

// counts are those of the whole test, which the load's duration and count do not tell.
func counts(s measure.Summary) string {
	line := fmt.Sprintf("sent %d · expected %d · delivered %d · lost %d · duplicated %d · out of order %d", s.Sent, s.Expected, s.Delivered, s.Lost, s.Duplicated, s.OutOfOrder)
	if c := s.Conditions; c.WarmupS+c.RampS > 0 {
		line += " · all with the warm-up"
	}
	return line
}

// table is lines that begin with a name.
type table struct{ strings.Builder }

func (t *table) line(name, format string, args ...any) {
	fmt.Fprintf(t, "%-*s%s\n", beside, name, fmt.Sprintf(format, args...))
}

func (t *table) durations(name string, q *measure.Quantiles) {
	if q != nil && q.Count > 0 {
		t.line(name, "%s", quantiles(*q))
	}
}

// stories are what only some scenarios have to tell.
func (t *table) stories(s measure.Summary) {
	if w := s.Slow; w != nil {
		t.line("before", "%s", quantiles(w.BaselineMS))
		t.line("slow", "%d of the clients stopped reading · the server told %d that they lag, and closed %d", w.Readers, w.Lagging, w.Closed)
	}
	if r := s.Reconnect; r != nil {
		away := ""
		if r.AwayS > 0 {
			away = fmt.Sprintf(" · the server was away for %.1f s of them", r.AwayS)
		}
		not := ""
		if r.Back < int64(r.Dropped) {
			not = "not "
		}
		t.line("calm", "%safter %.1f s: %d of %d are back%s", not, r.CalmS, r.Back, r.Dropped, away)
		t.line("attempts", "%d · the server sent %d away · %d met no server", r.Attempts, r.Refused, r.Failed)
		t.durations("back", &r.BackMS)
	}
}

func judged(v measure.Verdict) string {
	if v.Met {
		return v.Threshold + " met: " + v.Found()
	}
	return v.Threshold + " crossed: " + v.Found()
}

func generator(c measure.Conditions) string {
	s := fmt.Sprintf("%.2f of %d cores (%.0f %% of what it could have) · lag p99 %s", c.GeneratorCPU, c.Cores, 100*c.GeneratorCPUShare, behind(c.GeneratorLagP99MS))
	if c.GeneratorPerClient > 0 {
		s += fmt.Sprintf(" · %s a client", size(c.GeneratorPerClient))
	}
	return s
}

func verdict(s measure.Summary) string {
	if s.Interrupted {
		s.Interrupted = false
		return fmt.Sprintf("interrupted after %.1f s of measuring; until then %s", s.Conditions.MeasuredS, verdict(s))
	}
	switch {
	case !s.Valid:
		return "not valid: " + s.Conditions.Reason
	case !s.Clean():
		return "valid, with faults"
	case s.Sent == 0:
		return "valid, no fault"
	}
	return "valid, every delivery came once and in order"
}

func load(s measure.Summary) string {
	c := s.Conditions
	who := plural.Of(c.Clients, "client")
	if c.Conversations > 0 {
		who += " with " + plural.Of(c.Conversations, "conversation") + " each"
	}
	if c.Groups > 1 {
		who += fmt.Sprintf(" in groups of %d", c.Members)
	}
	switch {
	case s.Reconnect != nil:
		return who + ", with " + measure.Digits(c.DurationS) + " s to come back"
	case c.Senders == 0:
		return who + span(c)
	}
	how := fmt.Sprintf("open loop, %s deliveries/s, %s", measure.Digits(c.Rate), c.Arrivals)
	if c.Window > 0 {
		how = fmt.Sprintf("closed loop, %d under way per sender", c.Window)
	}
	return fmt.Sprintf("%s, %s, %s, %s bytes,%s after %s s of warm-up, seed %d", who, plural.Of(c.Senders, "sender"), how, c.Payload, span(c), measure.Digits(c.RampS+c.WarmupS), c.Seed)
}

func span(c measure.Conditions) string {
	seconds := measure.Digits(c.DurationS) + " s"
	switch {
	case c.Count > 0 && c.Senders > 0 && c.DurationS > 0:
		return " " + plural.Of(c.Count, "message") + " or " + seconds
	case c.Count > 0 && c.Senders > 0:
		return " " + plural.Of(c.Count, "message")
	case c.Count > 0:
		return ", " + plural.Of(c.Count, "attach", "attaches")
	case c.Senders > 0:
		return " " + seconds
	}
	return " for " + seconds
}

func server(c measure.Conditions) string {
	s := fmt.Sprintf("%.2f cores · %s resident", c.ServerCPU, size(c.ServerRSS))
	if c.ServerRSSPerConnection != 0 {
		s += fmt.Sprintf(" · %s a connection", size(c.ServerRSSPerConnection))
	}
	if c.KernelPerSocket > 0 {
		s += fmt.Sprintf(" · %s of the kernel's a socket", size(c.KernelPerSocket))
	}
	return s
}

// unmeasured stands where there is no value.
const unmeasured = "–"

// quantiles are the values of q in words, but those without which it shall be.
func quantiles(q measure.Quantiles, without ...string) string {
	if q == (measure.Quantiles{}) {
		return unmeasured
	}
	var parts []string
	for _, v := range []struct {
		name string
		ms   float64
	}{{"p50", q.P50}, {"p90", q.P90}, {"p99", q.P99}, {"p99.9", q.P999}, {"max", q.Max}} {
		if !slices.Contains(without, v.name) {
			parts = append(parts, v.name+" "+millis(v.ms))
		}
	}
	return strings.Join(parts, " · ")
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
