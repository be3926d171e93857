package loadtest_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/measure"
)

func TestAnInterruptedTestTellsWhatItHasMeasured(t *testing.T) {
	for _, window := range []int{0, 1} {
		f := newFake()
		f.removes = true
		f.delay = func(int) time.Duration { return 50 * time.Millisecond }
		c := small(loadtest.Fanout)
		c.Warmup, c.Duration, c.Thresholds = time.Second, time.Hour, []measure.Threshold{demand(t, "errors==0")}
		if c.Window = window; window > 0 {
			c.Rate = 0
		}
		got, err := interrupted(t, f, c, 4*time.Second)
		if !errors.Is(err, context.Canceled) || !got.Interrupted || got.Thresholds != nil {
			t.Errorf("window %d: interrupted %v, thresholds %v, %v", window, got.Interrupted, got.Thresholds, err)
		}
		// What was under way when it ended is no loss.
		if !got.Clean() || got.Delivered != got.Expected || got.LatencyMS.P50 < 50 || got.LatencyMS.Max > 51 {
			t.Errorf("window %d: %+v, latency %+v", window, tallyOf(got), got.LatencyMS)
		}
		if m := got.Conditions.MeasuredS; m < 2.9 || m > 3.1 {
			t.Errorf("window %d: measured for %v s, not 3", window, m)
		}
		if f.removed != 20 {
			t.Errorf("window %d: %d of 20 people were removed", window, f.removed)
		}
	}
}

func TestEachScenarioTellsWhatItHasMeasured(t *testing.T) {
	for _, c := range []loadtest.Config{
		{Scenario: loadtest.Idle, Clients: 5, Duration: time.Hour},
		{Scenario: loadtest.Connect, Clients: 5, Rate: 10, Count: 1000, Duration: time.Hour},
		{Scenario: loadtest.Connect, Clients: 5, Window: 2, Count: 1 << 30, Duration: time.Hour},
		{Scenario: loadtest.Slow, Clients: 5, SlowReaders: 1, Rate: 100, Duration: time.Second, Payload: bytes("128")},
	} {
		c.Timeout = time.Second
		f := newFake()
		f.attach = 10 * time.Millisecond
		got, err := interrupted(t, f, c, 1500*time.Millisecond)
		if !errors.Is(err, context.Canceled) || !got.Interrupted || got.ConnectMS.Count < 5 || got.Errors != 0 {
			t.Errorf("%s: %v; %d connects, errors %d: %s", c.Scenario, err, got.ConnectMS.Count, got.Errors, got.Conditions.FirstError)
		}
	}
}

func TestAnInterruptedReconnectIsNotCalm(t *testing.T) {
	f := newFake()
	c := loadtest.Config{Scenario: loadtest.Reconnect, Clients: 50, Drop: loadtest.ByClients, Duration: time.Minute, Timeout: time.Second}
	got, err := interrupted(t, f, c, 500*time.Millisecond) // they come back within the first second
	if err == nil || !got.Interrupted || got.Reconnect == nil || got.Reconnect.Back == 0 || got.Reconnect.Back >= 50 {
		t.Fatalf("%v, %+v", err, got.Reconnect)
	}
	if v := demand(t, "calm<60s").Judge(got); v.Met {
		t.Errorf("%+v", v)
	}
}

func TestATestThatMeasuredNothingHasNoFigures(t *testing.T) {
	f := newFake()
	f.removes = true
	c := small(loadtest.Fanout)
	c.Warmup = time.Minute
	if got, err := interrupted(t, f, c, time.Second); !errors.Is(err, context.Canceled) || got.Scenario != "" || f.removed != 20 {
		t.Errorf("%q, %v, %d people removed", got.Scenario, err, f.removed)
	}
}

func TestAnInterruptionWaitsNotLongForWhatDoesNotCome(t *testing.T) {
	f := newFake()
	f.deliver = func(int, int) fault { return lost }
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	srv := httptest.NewServer(f)
	defer srv.Close()
	f.url, _ = url.Parse(srv.URL)
	c := small(loadtest.Fanout)
	c.Duration, c.Timeout, c.Target = time.Hour, time.Hour, f.target()
	c.Watch = func(p measure.Point) {
		if p.Phase == measure.Measuring && p.MessagesPerSecond > 0 {
			cancel()
		}
	}
	got, err := loadtest.Run(ctx, c) // would wait for an hour
	if !errors.Is(err, context.Canceled) || !got.Interrupted || got.Lost == 0 || got.Lost != got.Expected {
		t.Errorf("%v: interrupted %v, %+v", err, got.Interrupted, tallyOf(got))
	}
}
