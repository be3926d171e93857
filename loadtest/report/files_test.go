package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/report"
	"github.com/chatctl/chatctl/server/api"
)

func long() measure.Summary {
	s := summary()
	q := measure.Quantiles{P50: 1, P90: 2, P99: 3, P999: 4, Max: 5, Count: 10}
	s.RawMS, s.ConnectMS, s.AttachMS = q, q, q
	s.Conditions.ResultMS = &q
	s.Conditions.FirstError = "<script>alert(1)</script>"
	s.Distribution = measure.Distribution{
		Latency: []measure.Step{{Percentile: 0, MS: 0.1}, {Percentile: 50, MS: 1}, {Percentile: 99, MS: 3}, {Percentile: 100, MS: 5}},
		Raw:     []measure.Step{{Percentile: 0, MS: 0.1}, {Percentile: 100, MS: 4}},
		Connect: []measure.Step{{Percentile: 100, MS: 4}},
	}
	s.Slow = &measure.Slow{Readers: 2, BaselineMS: q}
	s.Reconnect = &measure.Reconnect{Dropped: 3, Back: 3, CalmS: 1.5, BackMS: q}
	s.Thresholds = []measure.Verdict{{Threshold: "p99<1ms", Value: 3}, {Threshold: "lost==0", Met: true}}
	for i := range 70 {
		s.Series = append(s.Series, measure.Point{AtS: float64(i + 1), Phase: measure.Measuring, Live: 10, DeliveriesPerSecond: 1000 * float64(i%7), LatencyMS: q, ConnectMS: q, Errors: 1})
	}
	return s
}

// page parses what HTML writes: it must nest, and hold nothing that was not meant.
func page(t *testing.T, s measure.Summary) (text string, elements map[string]int) {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, s); err != nil {
		t.Fatal(err)
	}
	text, elements = b.String(), map[string]int{}
	d := xml.NewDecoder(&b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text, elements
		}
		if err != nil {
			t.Fatalf("the page does not nest: %v", err)
		}
		if e, ok := tok.(xml.StartElement); ok {
			elements[e.Name.Local]++
		}
	}
}

func TestThePageShowsEverythingAndNeedsNothing(t *testing.T) {
	text, elements := page(t, long())
	for _, part := range []string{"Latency by percentile", "Deliveries a second", "Latency over time", "Time to connect", "Connections", "own CPU",
		"from the intended moment", "raw: from when it left", "p99&lt;1ms", "crossed", "met", "until calm", "stopped reading", "maximum", "gomaxprocs"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not there", part)
		}
	}
	if elements["svg"] != 6 || elements["polyline"] < 8 || elements["script"]+elements["link"]+elements["img"] != 0 {
		t.Errorf("%v", elements)
	}
	for _, outside := range []string{"http:", "https:", "url(", "NaN", "Inf", "ZgotmplZ"} {
		if strings.Contains(text, outside) {
			t.Errorf("%q is in the page", outside)
		}
	}
}

func TestAPageTellsItsConditionsInWords(t *testing.T) {
	s := long()
	s.Conditions.MeasuredAt, s.Conditions.Server = api.TimeOf(time.Date(2026, 11, 29, 9, 5, 7, 0, time.UTC)), "https://chat.example.org"
	s.Conditions.ServerRSS, s.Conditions.KernelPerSocket, s.Conditions.WarmupS = 57458688, 4500, 1
	text, _ := page(t, s)
	for _, row := range []string{"measured on</td><td>2026-11-29 09:05:07 UTC<", "server</td><td>https://chat.example.org<", "server&#39;s memory</td><td>54.8 MiB<",
		"kernel&#39;s memory a socket</td><td>4.4 KiB<", "open loop</td><td>1000 deliveries/s<", "warm-up</td><td>1 s<"} {
		if !strings.Contains(text, row) {
			t.Errorf("%q is not there", row)
		}
	}
	if strings.Contains(text, "_bytes") || strings.Contains(text, "57458688") {
		t.Error("what a script reads is in the page")
	}
}

func TestTheMarksOfAShortTestAreRound(t *testing.T) {
	s := measure.Summary{Scenario: "idle"}
	for i := range 13 {
		s.Series = append(s.Series, measure.Point{AtS: float64(i) / 10, Live: 1})
	}
	text, _ := page(t, s)
	if !strings.Contains(text, ">1.2 s<") || !strings.Contains(text, ">0.6 s<") {
		t.Error("the marks are not 0.2 s, 0.4 s, …")
	}
}

func TestAPageOfNothingIsAPage(t *testing.T) {
	if _, elements := page(t, measure.Summary{Scenario: "idle"}); elements["svg"] != 0 || elements["h1"] != 1 {
		t.Errorf("%v", elements)
	}
	one := measure.Summary{Scenario: "idle", Series: []measure.Point{{AtS: 1}}}
	if text, elements := page(t, one); elements["circle"] == 0 || strings.Contains(text, "NaN") {
		t.Errorf("one second is not shown as a point: %v", elements)
	}
}

func TestTheCSVHasALineASecondUnderItsNames(t *testing.T) {
	var b bytes.Buffer
	if err := report.CSV(&b, long().Series); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 71 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := map[string]string{}
	for i, name := range rows[0] {
		at[name] = rows[3][i]
	}
	for name, want := range map[string]string{"at_s": "3", "phase": "measure", "live": "10", "deliveries_per_second": "2000", "latency_p999_ms": "4", "latency_max_ms": "5", "errors": "1"} {
		if at[name] != want {
			t.Errorf("%s is %q, not %q", name, at[name], want)
		}
	}
}

// A terminal keeps the place only when no line is longer than it is wide.
func TestTheLiveViewStaysInItsPlace(t *testing.T) {
	for _, width := range []int{1, 20, 80, 200} {
		var b strings.Builder
		live := report.NewLive(&b, "fanout", func() int { return width })
		for _, p := range long().Series {
			live.Show(p)
		}
		frames := strings.Split(b.String(), "\x1b[J")
		last := frames[len(frames)-1]
		up, lines := "", strings.Split(strings.TrimSuffix(last, "\n"), "\n")
		for _, line := range lines {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\x1b[K")); n >= width && n > 0 {
				t.Errorf("a line of %d in a terminal of %d", n, width)
			}
		}
		b.Reset()
		live.Clear()
		if up = b.String(); up != "\x1b["+string('0'+rune(len(lines)))+"A\x1b[J" {
			t.Errorf("%q does not take %d lines away", up, len(lines))
		}
	}
}

func TestTheMaximumIsShownInEveryWidth(t *testing.T) {
	for width, want := range map[int][]string{
		120: {"p99.9 4.00 ms · max 5.00 ms", "of what it could have · lag p99 0.30 ms"},
		80:  {"p50 1.00 ms · p90 2.00 ms · p99 3.00 ms · max 5.00 ms", "lag p99 0.30 ms"},
		60:  {"p50 1.00 ms · p99 3.00 ms · max 5.00 ms", "lag p99 0.30 ms"},
		40:  {"max 5.00 ms", "lag p99 0.30 ms"},
	} {
		var b strings.Builder
		p := long().Series[3]
		p.GeneratorLagP99MS = 0.3
		report.NewLive(&b, "fanout", func() int { return width }).Show(p)
		for _, part := range want {
			if !strings.Contains(b.String(), part+"\x1b[K\n") {
				t.Errorf("%q ends no line of %d in\n%s", part, width, b.String())
			}
		}
	}
}

func TestWhatWasNotMeasuredIsNoZero(t *testing.T) {
	idle := []measure.Point{{AtS: 1, Phase: measure.Measuring, Live: 10}}
	var b strings.Builder
	report.NewLive(&b, "idle", func() int { return 80 }).Show(idle[0])
	if n := strings.Count(b.String(), " –\x1b[K"); n != 4 {
		t.Errorf("%d of deliveries, latency, connects and lag are told as not measured in\n%s", n, b.String())
	}
	b.Reset()
	if err := report.CSV(&b, idle); err != nil {
		t.Fatal(err)
	}
	if _, row, _ := strings.Cut(b.String(), "\n"); row != "1,measure,10,,,0,,,,,,0,,,,0,0,0,0,,\n" {
		t.Errorf("%q", row)
	}
}

func TestATableIsBrokenBetweenWords(t *testing.T) {
	whole := report.Text(long())
	for _, width := range []int{40, 60, 80} {
		wrapped := report.Wrap(whole, width)
		for line := range strings.SplitSeq(wrapped, "\n") {
			if n := utf8.RuneCountInString(line); n > width {
				t.Errorf("%d characters in a width of %d: %q", n, width, line)
			}
		}
		if got, want := strings.Fields(wrapped), strings.Fields(whole); !slices.Equal(got, want) {
			t.Errorf("%q became %q", want, got)
		}
	}
	if report.Wrap(whole, 0) != whole {
		t.Error("without a width it is broken")
	}
}

func TestASecondIsALine(t *testing.T) {
	p := long().Series[3]
	p.Lagging = 2
	line := report.Line(p)
	for _, part := range []string{"4 s", "measure", "10 live", "3000 deliveries/s", "p99 3.00 ms", "max 5.00 ms", "errors 1", "queues dropped 2"} {
		if !strings.Contains(line, part) {
			t.Errorf("%q is not in %q", part, line)
		}
	}
	if strings.ContainsAny(line, "\n\x1b") {
		t.Errorf("%q", line)
	}
}

func TestAPersonReadsWhatTheScenarioWasAbout(t *testing.T) {
	all := report.Text(long())
	for _, part := range []string{"calm", "3 of 3 are back", "2 of the clients stopped reading", "raw", "attach", "p99<1ms crossed: 3", "lost==0 met: 0"} {
		if !strings.Contains(all, part) {
			t.Errorf("%q is not in\n%s", part, all)
		}
	}
}
