package measure

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Threshold is one demand on a Summary, such as "latency.p99<100ms",
// "lost==0" or "deliveries>=20000". The zero Threshold demands nothing that can be met.
type Threshold struct {
	text   string
	metric string
	stat   string // of a duration; empty for a number
	op     string
	bound  float64 // milliseconds, or a number
}

// Verdict is what a Summary said to a Threshold.
type Verdict struct {
	Threshold string  `json:"threshold"`
	Value     float64 `json:"value"`
	Unit      string  `json:"unit,omitempty"` // of Value: ms, /s, or times; none of a count
	Met       bool    `json:"met"`
	Why       string  `json:"why,omitempty"` // it could not be judged
}

// Found is what a Threshold was judged by, in words: a value of three digits with
// its unit, or why there is none.
func (v Verdict) Found() string {
	value, unit := v.Value, v.Unit
	switch {
	case v.Why != "":
		return v.Why
	case unit == "ms" && value >= 1000:
		value, unit = value/1000, "s"
	}
	if unit == "" || unit[0] == '/' {
		return Digits(value) + unit
	}
	return Digits(value) + " " + unit
}

// Digits writes the first three digits of a number, and all of a whole one.
func Digits(v float64) string {
	if v >= 100 || v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// durations and numbers are what can be asked for. A nil answer: it was not measured.
var durations = map[string]func(Summary) *Quantiles{
	"latency":  func(s Summary) *Quantiles { return &s.LatencyMS },
	"raw":      func(s Summary) *Quantiles { return &s.RawMS },
	"connect":  func(s Summary) *Quantiles { return &s.ConnectMS },
	"attach":   func(s Summary) *Quantiles { return &s.AttachMS },
	"accepted": func(s Summary) *Quantiles { return s.Conditions.AcceptedMS },
	"result":   func(s Summary) *Quantiles { return s.Conditions.ResultMS },
	"back": func(s Summary) *Quantiles {
		if s.Reconnect == nil {
			return nil
		}
		return &s.Reconnect.BackMS
	},
}

var numbers = map[string]func(Summary) (float64, bool){
	"lost":         func(s Summary) (float64, bool) { return float64(s.Lost), true },
	"duplicated":   func(s Summary) (float64, bool) { return float64(s.Duplicated), true },
	"out_of_order": func(s Summary) (float64, bool) { return float64(s.OutOfOrder), true },
	"errors":       func(s Summary) (float64, bool) { return float64(s.Errors), true },
	"repaired":     func(s Summary) (float64, bool) { return float64(s.Conditions.Repaired), true },
	"deliveries":   func(s Summary) (float64, bool) { return s.DeliveriesPerSecond, true },
	"messages":     func(s Summary) (float64, bool) { return s.MessagesPerSecond, true },
	"calm": func(s Summary) (float64, bool) {
		if s.Reconnect == nil || s.Reconnect.Back < int64(s.Reconnect.Dropped) {
			return 0, false
		}
		return s.Reconnect.CalmS * 1000, true
	},
	// slowdown is how many times the others' p99 grew when readers stopped.
	"slowdown": func(s Summary) (float64, bool) {
		if s.Slow == nil || s.Slow.BaselineMS.P99 == 0 {
			return 0, false
		}
		return s.LatencyMS.P99 / s.Slow.BaselineMS.P99, true
	},
}

// units are those of the numbers that are no counts.
var units = map[string]string{"deliveries": "/s", "messages": "/s", "calm": "ms", "slowdown": "times"}

var stats = map[string]func(Quantiles) float64{
	"p50":  func(q Quantiles) float64 { return q.P50 },
	"p90":  func(q Quantiles) float64 { return q.P90 },
	"p99":  func(q Quantiles) float64 { return q.P99 },
	"p999": func(q Quantiles) float64 { return q.P999 },
	"max":  func(q Quantiles) float64 { return q.Max },
}

var comparisons = map[string]func(a, b float64) bool{
	"<=": func(a, b float64) bool { return a <= b },
	">=": func(a, b float64) bool { return a >= b },
	"==": func(a, b float64) bool { return a == b },
	"<":  func(a, b float64) bool { return a < b },
	">":  func(a, b float64) bool { return a > b },
}

// ParseThreshold reads METRIC.STAT<DURATION or METRIC<NUMBER; any of < <= > >= ==
// compares, and a STAT alone is of the latency. Its errors do not repeat s.
func ParseThreshold(s string) (Threshold, error) {
	t := Threshold{text: strings.ReplaceAll(s, " ", "")}
	at := strings.IndexAny(t.text, "<>=")
	if at < 0 {
		return t, errors.New("it compares nothing: write METRIC<VALUE, such as latency.p99<100ms or lost==0")
	}
	name, rest := t.text[:at], t.text[at:]
	for _, op := range []string{"<=", ">=", "==", "<", ">"} { // the longer ones first
		if after, found := strings.CutPrefix(rest, op); found {
			t.op, rest = op, after
			break
		}
	}
	if t.op == "" {
		return t, errors.New("a comparison is one of < <= > >= ==")
	}
	if err := t.name(name); err != nil {
		return t, err
	}
	return t, t.value(rest)
}

func (t *Threshold) name(name string) error {
	t.metric, t.stat, _ = strings.Cut(name, ".")
	if stats[t.metric] != nil && t.stat == "" {
		t.metric, t.stat = "latency", t.metric
	}
	switch {
	case numbers[t.metric] != nil && t.stat == "":
		return nil
	case numbers[t.metric] != nil:
		return fmt.Errorf("%s is one number, and has no %q", t.metric, t.stat)
	case durations[t.metric] == nil:
		return fmt.Errorf("%q is not measured; there are %s, and %s", t.metric, names(durations), names(numbers))
	case stats[t.stat] == nil:
		return fmt.Errorf("%s has %s, not %q", t.metric, names(stats), t.stat)
	}
	return nil
}

func (t *Threshold) value(s string) error {
	if t.unit() == "ms" {
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is not a duration, such as 100ms or 1.5s", s)
		}
		t.bound = float64(d) / float64(time.Millisecond)
		return nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 0 || v-v != 0 {
		return fmt.Errorf("%q is not a number", s)
	}
	t.bound = v
	return nil
}

func (t Threshold) unit() string {
	if t.stat != "" {
		return "ms"
	}
	return units[t.metric]
}

// String is the threshold as it was written.
func (t Threshold) String() string { return t.text }

// Metric is what the threshold is about: "latency" of "latency.p99<100ms".
func (t Threshold) Metric() string { return t.metric }

// Judge says whether s meets t. What was not measured meets nothing.
func (t Threshold) Judge(s Summary) Verdict {
	v := Verdict{Threshold: t.text, Unit: t.unit()}
	if t.stat == "" {
		read := numbers[t.metric]
		ok := read != nil
		if ok {
			v.Value, ok = read(s)
		}
		if !ok {
			v.Why = "it was not measured"
			return v
		}
	} else {
		q := durations[t.metric](s)
		if q == nil || q.Count == 0 {
			v.Why = "it was not measured"
			return v
		}
		v.Value = stats[t.stat](*q)
	}
	v.Met = comparisons[t.op](v.Value, t.bound)
	return v
}

func names[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
