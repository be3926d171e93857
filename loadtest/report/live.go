package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/server/api/text/plural"
)

// Live draws a running test in a terminal, in place. It belongs to one goroutine.
type Live struct {
	w      io.Writer
	width  func() int
	name   string
	points []measure.Point // as many as may be drawn
	drawn  int             // lines on the screen
}

// NewLive draws the test called name on w, whose width may change.
func NewLive(w io.Writer, name string, width func() int) *Live {
	return &Live{w: w, name: name, width: width}
}

const (
	mostDrawn = 60 // the longest sparkline
	aside     = 12 // what stands before it
)

// Show draws what there was up to p. What cannot be written is not shown.
func (l *Live) Show(p measure.Point) {
	l.points = append(l.points, p)
	l.points = l.points[max(0, len(l.points)-mostDrawn):]
	var b strings.Builder
	l.back(&b)
	lines := l.lines(p)
	for _, line := range lines {
		fmt.Fprintf(&b, "%s\x1b[K\n", cut(line, l.width()-1))
	}
	l.drawn = len(lines)
	_, _ = io.WriteString(l.w, b.String())
}

// Clear takes the drawing away.
func (l *Live) Clear() {
	var b strings.Builder
	l.back(&b)
	l.drawn = 0
	_, _ = io.WriteString(l.w, b.String())
}

func (l *Live) back(b *strings.Builder) {
	if l.drawn > 0 {
		fmt.Fprintf(b, "\x1b[%dA\x1b[J", l.drawn)
	}
}

func (l *Live) lines(p measure.Point) []string {
	lines := []string{fmt.Sprintf("%s · %s · %.0f s · %s", l.name, p.Phase, p.AtS, plural.Of(p.Live, "connection"))}
	add := func(name, line string, after ...string) {
		lines = append(lines, fmt.Sprintf("%-*s%s %s", aside, name, line, l.fitting(after)))
	}
	rate := l.line(func(p measure.Point) float64 { return p.DeliveriesPerSecond })
	add("deliveries", rate, l.rates(p)...)
	late := l.line(func(p measure.Point) float64 { return p.LatencyMS.P99 })
	add("latency p99", late, shorter(l.latest(func(p measure.Point) measure.Quantiles { return p.LatencyMS }))...)
	joins := l.line(func(p measure.Point) float64 { return float64(p.ConnectMS.Count) })
	add("connects", joins, shorter(l.latest(func(p measure.Point) measure.Quantiles { return p.ConnectMS }))...)
	var errs, lagging int64
	for _, p := range l.points {
		errs, lagging = errs+p.Errors, lagging+p.Lagging
	}
	dropped := fmt.Sprintf("queues dropped %d", lagging)
	add("errors", l.line(func(p measure.Point) float64 { return float64(p.Errors) }), fmt.Sprintf("%d in the last %d s · %s", errs, len(l.points), dropped), fmt.Sprintf("%d · %s", errs, dropped), fmt.Sprint(errs))
	share, lag := fmt.Sprintf("%.0f %%", 100*p.GeneratorCPUShare), "lag p99 "+behind(p.GeneratorLagP99MS)
	add("generator", bar(p.GeneratorCPUShare, l.room()), share+" of what it could have · "+lag, share+" · "+lag, lag)
	return lines
}

// rates are those of the last second, once anything was sent.
func (l *Live) rates(p measure.Point) []string {
	if !slices.ContainsFunc(l.points, sends) {
		return []string{unmeasured}
	}
	deliveries := fmt.Sprintf("%.0f/s", p.DeliveriesPerSecond)
	return []string{fmt.Sprintf("%s (%.0f messages/s)", deliveries, p.MessagesPerSecond), deliveries}
}

// behind is the generator's lag, which only what leaves by a schedule has.
func behind(ms float64) string {
	if ms == 0 {
		return unmeasured
	}
	return millis(ms)
}

// shorter are quantiles in fewer and fewer words; the maximum stays.
func shorter(q measure.Quantiles) (all []string) {
	for _, without := range [][]string{nil, {"p99.9"}, {"p99.9", "p90"}, {"p99.9", "p90", "p50"}, {"p99.9", "p90", "p50", "p99"}} {
		all = append(all, quantiles(q, without...))
	}
	return all
}

// fitting is the first of some texts that fits beside a sparkline, or the last.
func (l *Live) fitting(texts []string) string {
	width := l.width() - 1 - aside - l.room() - 1
	for _, text := range texts {
		if utf8.RuneCountInString(text) <= width {
			return text
		}
	}
	return texts[len(texts)-1]
}

// latest is the last second in which there was something.
func (l *Live) latest(of func(measure.Point) measure.Quantiles) (q measure.Quantiles) {
	for _, p := range l.points {
		if of(p).Count > 0 {
			q = of(p)
		}
	}
	return q
}

// room is how long a sparkline may be: what the longest text leaves.
func (l *Live) room() int { return min(max(l.width()-90, l.width()/8), mostDrawn) }

// line draws a value over the last seconds, each as high as it is of the highest.
func (l *Live) line(of func(measure.Point) float64) string {
	n := l.room()
	points := l.points[max(0, len(l.points)-n):]
	var most float64
	for _, p := range points {
		most = max(most, of(p))
	}
	b := []rune(strings.Repeat(" ", n-len(points)))
	for _, p := range points {
		b = append(b, level(of(p), most))
	}
	return string(b)
}

// level is a block as high as v is of most; nothing for nothing.
func level(v, most float64) rune {
	levels := []rune("▁▂▃▄▅▆▇█")
	if v <= 0 || most <= 0 {
		return ' '
	}
	return levels[min(int(v/most*float64(len(levels))), len(levels)-1)]
}

func bar(share float64, n int) string {
	full := min(max(int(share*float64(n)+0.5), 0), n)
	return strings.Repeat("█", full) + strings.Repeat("░", n-full)
}

// cut shortens a line, all of whose characters are one cell wide.
func cut(s string, width int) string {
	if r := []rune(s); len(r) > max(width, 0) {
		return string(r[:max(width, 0)])
	}
	return s
}
