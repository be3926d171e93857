package measure_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/measure"
)

func measured() measure.Summary {
	result := measure.Quantiles{P50: 3, P99: 40, Max: 41, Count: 9}
	return measure.Summary{
		Lost: 2, DeliveriesPerSecond: 20_000,
		LatencyMS:  measure.Quantiles{P50: 1, P90: 5, P99: 99.5, P999: 100, Max: 120, Count: 9},
		Slow:       &measure.Slow{BaselineMS: measure.Quantiles{P99: 50, Count: 9}},
		Reconnect:  &measure.Reconnect{CalmS: 2.5},
		Conditions: measure.Conditions{ResultMS: &result},
	}
}

func TestADemandIsJudgedByWhatWasMeasured(t *testing.T) {
	for demand, met := range map[string]bool{
		"latency.p99<100ms": true, "latency.p99<99ms": false, "p99<100ms": true, "p999<=100ms": true, "max>=120ms": true,
		"latency.p50==1ms": true, "result.p99<0.04s": false, "result.p99 <= 40ms": true, "lost==0": false, "lost<=2": true,
		"errors==0": true, "deliveries>=20000": true, "deliveries>20000": false, "calm<3s": true, "calm<2s": false, "slowdown<2": true,
	} {
		th, err := measure.ParseThreshold(demand)
		if err != nil {
			t.Errorf("%s: %v", demand, err)
		} else if v := th.Judge(measured()); v.Met != met || v.Why != "" {
			t.Errorf("%s: %+v", demand, v)
		}
	}
}

func TestWhatWasFoundHasThreeDigitsAndItsUnit(t *testing.T) {
	s := measured()
	s.LatencyMS = measure.Quantiles{P50: 0.034783, P90: 34.783, P99: 812.4, Max: 2370.7556560000003, Count: 9}
	s.DeliveriesPerSecond = 61234.567
	for demand, want := range map[string]string{
		"p50<1us": "0.0348 ms", "p90<1us": "34.8 ms", "p99<1us": "812 ms", "max<60s": "2.37 s", "calm<60s": "2.5 s",
		"lost==0": "2", "deliveries>=1": "61235/s", "slowdown<2": "16.2 times", "accepted.p50<1h": "it was not measured",
	} {
		th, err := measure.ParseThreshold(demand)
		if err != nil {
			t.Fatal(err)
		}
		if got := th.Judge(s).Found(); got != want {
			t.Errorf("%s: %q, not %q", demand, got, want)
		}
	}
}

func TestWhatWasNotMeasuredMeetsNoDemand(t *testing.T) {
	for _, demand := range []string{"latency.p99<1h", "accepted.p50<1h", "back.max<1h", "calm<1h", "slowdown<1000"} {
		th, err := measure.ParseThreshold(demand)
		if err != nil {
			t.Fatal(err)
		}
		if v := th.Judge(measure.Summary{}); v.Met || v.Why == "" {
			t.Errorf("%s: %+v", demand, v)
		}
	}
	if v := (measure.Threshold{}).Judge(measured()); v.Met {
		t.Errorf("the zero Threshold is met: %+v", v)
	}
}

func TestADemandThatCannotBeReadSaysWhere(t *testing.T) {
	for demand, want := range map[string]string{
		"":                 "compares nothing",
		"p99":              "compares nothing",
		"p99<":             "not a duration",
		"p99<100":          "not a duration",
		"p99<-1s":          "not a duration",
		"p99=1s":           "a comparison is one of",
		"latency.p98<1s":   "latency has max, p50",
		"latency<1s":       `not ""`,
		"speed.p99<1s":     `"speed" is not measured`,
		"lost.p99<1":       "is one number",
		"lost<some":        "not a number",
		"lost<NaN":         "not a number",
		"errors<1\x1b[31m": "not a number",
	} {
		if _, err := measure.ParseThreshold(demand); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v does not say %q", demand, err, want)
		} else if demand != "" && strings.Contains(err.Error(), strconv.Quote(demand)) {
			t.Errorf("%q is told again: %v", demand, err)
		}
	}
}

func FuzzParseThreshold(f *testing.F) {
	f.Add("latency.p99<100ms")
	f.Add("lost==0")
	f.Add("p99<=1h")
	f.Fuzz(func(t *testing.T, s string) {
		th, err := measure.ParseThreshold(s)
		if err != nil {
			return
		}
		th.Judge(measured())
		if again, err := measure.ParseThreshold(th.String()); err != nil || again != th {
			t.Errorf("%q is %+v, and written again %+v: %v", s, th, again, err)
		}
	})
}

func TestAWindowSumsUpWhatCameSinceTheLast(t *testing.T) {
	r := measure.NewRecorder(2)
	r.Add(0, time.Second)
	w := measure.NewWindow(r)
	r.Add(0, 10*time.Millisecond, 20*time.Millisecond)
	r.Add(1, 30*time.Millisecond)
	if q := w.Next(); q.Count != 3 || q.P50 < 20 || q.P50 > 20.1 || q.Max < 30 || q.Max > 30.1 {
		t.Errorf("%+v", q)
	}
	if q := w.Next(); q != (measure.Quantiles{}) {
		t.Errorf("nothing came, and it says %+v", q)
	}
	r.Reset()
	r.Add(1, 5*time.Millisecond)
	if q := w.Next(); q.Count != 1 || q.Max != 5 {
		t.Errorf("after a reset: %+v", q)
	}
	r.Reset()
	r.Add(0, 7*time.Millisecond) // as many as before the reset
	if q := w.Next(); q.Count != 1 || q.P50 != 7 {
		t.Errorf("after another reset: %+v", q)
	}
}

func TestStepsEndWithTheMaximumAndNeverFall(t *testing.T) {
	r := measure.NewRecorder(1)
	if s := r.Steps(); s != nil {
		t.Errorf("steps of nothing: %v", s)
	}
	for i := range 1000 {
		r.Add(0, time.Duration(i+1)*time.Millisecond)
	}
	steps := r.Steps()
	for i, s := range steps[1:] {
		if s.MS < steps[i].MS || s.Percentile <= steps[i].Percentile {
			t.Errorf("%+v follows %+v", s, steps[i])
		}
	}
	if first, last := steps[0], steps[len(steps)-1]; first.MS < 1 || first.MS > 1.01 || last != (measure.Step{Percentile: 100, MS: 1000}) {
		t.Errorf("from %+v to %+v", first, last)
	}
}
