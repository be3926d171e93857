package report

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"math"

	"github.com/chatctl/chatctl/loadtest/measure"
)

//go:embed page.html
var pageText string

// page is what the template sees.
type page struct {
	measure.Summary
	Verdict, Load string
	Latencies     []named
	Charts        []*chart
	Conditions    pairs
}

type named struct {
	Name string
	measure.Quantiles
}

// HTML writes a test as one page that needs nothing else: no script, no network.
func HTML(w io.Writer, s measure.Summary) error {
	t, err := template.New("page").Funcs(template.FuncMap{"millis": millis}).Parse(pageText)
	if err != nil {
		return err
	}
	p := page{Summary: s, Verdict: verdict(s), Load: load(s), Latencies: latencies(s), Conditions: conditionsOf(s)}
	for _, c := range []*chart{spread(s), rates(s), latencyOverTime(s), connectSpread(s), connections(s), headrooms(s)} {
		if !c.Empty() {
			p.Charts = append(p.Charts, c)
		}
	}
	var b bytes.Buffer // whole or not at all
	if err := t.Execute(&b, p); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// latencies are all durations that were measured, the raw one beside the intended one.
func latencies(s measure.Summary) (all []named) {
	add := func(name string, q *measure.Quantiles) {
		if q != nil && q.Count > 0 {
			all = append(all, named{name, *q})
		}
	}
	add("latency, from the intended moment", &s.LatencyMS)
	add("latency, raw: from when it left", &s.RawMS)
	if s.Slow != nil {
		add("latency, before readers stopped", &s.Slow.BaselineMS)
	}
	add("accepted", s.Conditions.AcceptedMS)
	add("result", s.Conditions.ResultMS)
	add("connect", &s.ConnectMS)
	add("attach", &s.AttachMS)
	if s.Reconnect != nil {
		add("back again", &s.Reconnect.BackMS)
	}
	return all
}

// spread is the latency by percentile, the rarest far to the right.
func spread(s measure.Summary) *chart {
	c := &chart{Title: "Latency by percentile", unit: axis}
	c.add("from the intended moment", rarity(s.Distribution.Latency))
	c.add("raw: from when it left", rarity(s.Distribution.Raw))
	c.ticks = percentiles(s.Distribution.Latency)
	return c
}

func connectSpread(s measure.Summary) *chart {
	c := &chart{Title: "Time to connect, by percentile", unit: axis}
	c.add("until live", rarity(s.Distribution.Connect))
	c.ticks = percentiles(s.Distribution.Connect)
	return c
}

// rarity puts a percentile where its complement's logarithm is: 90, 99 and 99.9
// stand equally far apart. The maximum, of which no one knows how rare it is,
// stands at the end.
func rarity(steps []measure.Step) (points []point) {
	var last float64
	for _, s := range steps {
		if s.Percentile < 100 {
			last = -math.Log10(1 - s.Percentile/100)
		}
		points = append(points, point{last, s.MS})
	}
	return points
}

func percentiles(steps []measure.Step) (marks []mark) {
	if len(steps) < 2 {
		return []mark{{at: 0, Text: "0 %"}}
	}
	end := steps[len(steps)-2].Percentile
	for _, p := range []float64{0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999} {
		if p <= end {
			marks = append(marks, mark{at: -math.Log10(1 - p/100), Text: fmt.Sprintf("%g %%", p)})
		}
	}
	return marks
}

func overTime(s measure.Summary, of func(measure.Point) (float64, bool)) (points []point) {
	for _, p := range s.Series {
		if v, ok := of(p); ok {
			points = append(points, point{p.AtS, v})
		}
	}
	return points
}

func rates(s measure.Summary) *chart {
	c := &chart{Title: "Deliveries a second", unit: rate}
	if s.Sent == 0 {
		return c
	}
	c.add("deliveries/s", overTime(s, func(p measure.Point) (float64, bool) { return p.DeliveriesPerSecond, true }))
	return c
}

func latencyOverTime(s measure.Summary) *chart {
	c := &chart{Title: "Latency over time", unit: axis}
	at := func(of func(measure.Quantiles) float64) func(measure.Point) (float64, bool) {
		return func(p measure.Point) (float64, bool) { return of(p.LatencyMS), p.LatencyMS.Count > 0 }
	}
	c.add("p50", overTime(s, at(func(q measure.Quantiles) float64 { return q.P50 })))
	c.add("p99", overTime(s, at(func(q measure.Quantiles) float64 { return q.P99 })))
	c.add("maximum", overTime(s, at(func(q measure.Quantiles) float64 { return q.Max })))
	return c
}

func connections(s measure.Summary) *chart {
	c := &chart{Title: "Connections", unit: rate}
	c.add("live", overTime(s, func(p measure.Point) (float64, bool) { return float64(p.Live), true }))
	c.add("connected in that second", overTime(s, func(p measure.Point) (float64, bool) { return float64(p.ConnectMS.Count), true }))
	return c
}

func headrooms(s measure.Summary) *chart {
	c := &chart{Title: "The generator's own CPU", unit: func(v float64) string { return fmt.Sprintf("%g %%", v) }}
	c.add("of what it could have had", overTime(s, func(p measure.Point) (float64, bool) { return 100 * p.GeneratorCPUShare, true }))
	return c
}

// axis is a duration on an axis, whose values are round.
func axis(ms float64) string {
	if ms >= 1000 {
		return fmt.Sprintf("%g s", ms/1000)
	}
	return fmt.Sprintf("%g ms", ms)
}

func rate(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%g M", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%g k", v/1e3)
	}
	return fmt.Sprintf("%g", v)
}
