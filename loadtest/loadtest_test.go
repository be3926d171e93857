package loadtest_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// small is a test of a fraction of a second: 60 messages in Fanout.
func small(s loadtest.Scenario) loadtest.Config {
	c := loadtest.Config{
		Scenario: s, Clients: 20, Rate: 4000, Payload: bytes("128"),
		Duration: 300 * time.Millisecond, Timeout: time.Minute,
	}
	if s == loadtest.Idle {
		c.Rate, c.Payload = 0, plan.Sizes{}
	}
	if s == loadtest.Direct {
		c.Rate = 400
	}
	return c
}

func bytes(s string) plan.Sizes {
	z, err := plan.ParseSizes(s)
	if err != nil {
		panic(err)
	}
	return z
}

// onSockets runs a test against f on real sockets.
func onSockets(t *testing.T, f *fake, c loadtest.Config) measure.Summary {
	t.Helper()
	srv := httptest.NewServer(f)
	defer srv.Close()
	f.url, _ = url.Parse(srv.URL)
	c.Target = f.target()
	s, err := loadtest.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exact sleeps by the clock that the test has, in a bubble to the nanosecond.
func exact(ctx context.Context, until time.Time) {
	d := time.Until(until)
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// virtual runs a test against f in a bubble with a clock of its own, on pipes.
func virtual(t *testing.T, f *fake, c loadtest.Config) measure.Summary {
	t.Helper()
	sum, err := interrupted(t, f, c, 1<<62)
	if err != nil {
		t.Error(err)
	}
	return sum
}

// interrupted is virtual for a test that is ended after a time.
func interrupted(t *testing.T, f *fake, c loadtest.Config, after time.Duration) (sum measure.Summary, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		// A bubble that is over has no time any more: whoever waits on the server's side is told to end.
		up, down := context.WithCancel(t.Context())
		srv := &http.Server{Handler: f, BaseContext: func(net.Listener) context.Context { return up }}
		go srv.Serve(p)
		defer srv.Close()
		defer down()
		f.url, _ = url.Parse("http://127.0.0.1")
		c.Target = f.target()
		c.Target.Dial = p.dial
		if c.Wait == nil {
			c.Wait = exact
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(after, cancel).Stop()
		sum, err = loadtest.Run(ctx, c)
	})
	return sum, err
}

func TestEveryScenarioOfASoundServerIsClean(t *testing.T) {
	for _, s := range []loadtest.Scenario{loadtest.Fanout, loadtest.Direct, loadtest.Idle} {
		t.Run(string(s), func(t *testing.T) {
			sum := onSockets(t, newFake(), small(s))
			if !sum.Clean() || sum.Delivered != sum.Expected || s != loadtest.Idle && sum.Sent == 0 {
				t.Errorf("%+v", sum)
			}
			if sum.ConnectMS.Max <= 0 {
				t.Errorf("no time to connect: %+v", sum.ConnectMS)
			}
		})
	}
}

func TestAnOpenLoopSendsExactlyWhatItsRateSays(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Senders = 3
	sum := onSockets(t, newFake(), c) // 4,000 deliveries a second to 20 members for 0.3 s
	if sum.Sent != 60 || sum.Expected != 1200 || sum.Delivered != 1200 {
		t.Errorf("sent %d, expected %d, delivered %d; not 60, 1200, 1200", sum.Sent, sum.Expected, sum.Delivered)
	}
}

func TestAClosedLoopSendsWhenAMessageHasArrived(t *testing.T) {
	for _, s := range []loadtest.Scenario{loadtest.Fanout, loadtest.Direct} {
		t.Run(string(s), func(t *testing.T) {
			c := small(s)
			c.Rate, c.Window, c.Count, c.Duration = 0, 1, 60, c.Timeout
			if sum := onSockets(t, newFake(), c); !sum.Clean() || sum.Sent != c.Count {
				t.Errorf("%+v", sum)
			}
		})
	}
}

// tally is what a Summary counts.
type tally struct{ Sent, Expected, Delivered, Lost, Duplicated, OutOfOrder, Errors, Repaired int64 }

func tallyOf(s measure.Summary) tally {
	return tally{s.Sent, s.Expected, s.Delivered, s.Lost, s.Duplicated, s.OutOfOrder, s.Errors, s.Conditions.Repaired}
}

func TestWhatAServerDoesToDeliveriesIsCounted(t *testing.T) {
	for _, row := range []struct {
		name string
		what fault
		want tally
	}{
		{"lost", lost, tally{Sent: 60, Expected: 1200, Delivered: 1197, Lost: 3}},
		{"duplicated", twice, tally{Sent: 60, Expected: 1200, Delivered: 1200, Duplicated: 3}},
		{"out of order", behind, tally{Sent: 60, Expected: 1200, Delivered: 1200, OutOfOrder: 3}},
		{"not pushed", unsent, tally{Sent: 60, Expected: 1200, Delivered: 1200, Repaired: 3}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake()
			f.deliver = func(r, n int) fault {
				if r == 0 && n == 3 || r == 5 && n == 3 || r == 7 && n == 40 {
					return row.what
				}
				return none
			}
			if got := tallyOf(virtual(t, f, small(loadtest.Fanout))); got != row.want {
				t.Errorf("got %+v; want %+v", got, row.want)
			}
		})
	}
}

func TestTheLastMessageLostIsPulled(t *testing.T) {
	f := newFake()
	f.deliver = func(r, n int) fault {
		if r == 4 && n == 59 {
			return unsent
		}
		return none
	}
	if got := virtual(t, f, small(loadtest.Fanout)); got.Lost != 0 || got.Conditions.Repaired != 1 {
		t.Errorf("lost %d, repaired %d; not 0, 1", got.Lost, got.Conditions.Repaired)
	}
}

func TestARefusalIsAnErrorAndExpectsNoDelivery(t *testing.T) {
	f := newFake()
	f.refuse = func(n int) bool { return n == 10 || n == 11 }
	got := virtual(t, f, small(loadtest.Fanout))
	if got.Errors != 2 || got.Sent != 60 || got.Expected != 58*20 || got.Lost != 0 || !strings.Contains(got.Conditions.FirstError, "unavailable") {
		t.Errorf("%+v", got)
	}
}

func TestAClosedLoopGoesOnAfterALoss(t *testing.T) {
	f := newFake()
	f.deliver = func(r, n int) fault {
		if r == 0 && n == 3 {
			return lost
		}
		return none
	}
	c := small(loadtest.Fanout)
	c.Rate, c.Window, c.Duration = 0, 1, 2*time.Second
	f.delay = func(int) time.Duration { return 10 * time.Millisecond }
	if got := virtual(t, f, c); got.Sent < 10 || got.Lost != 1 {
		t.Errorf("sent %d, lost %d", got.Sent, got.Lost)
	}
}

func TestLatencyIsWhatTheServerInjected(t *testing.T) {
	f := newFake()
	f.delay = func(n int) time.Duration { return time.Duration(n+1) * time.Millisecond } // 1 to 100 ms
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Fanout, Clients: 5, Rate: 5, Duration: 100 * time.Second, Timeout: time.Second, Payload: bytes("128")})
	for _, q := range []struct {
		name      string
		got, want float64
	}{{"p50", got.LatencyMS.P50, 50}, {"p90", got.LatencyMS.P90, 90}, {"p99", got.LatencyMS.P99, 99}, {"max", got.LatencyMS.Max, 100}} {
		if q.got < q.want || q.got > q.want*1.001 {
			t.Errorf("%s is %v ms, not %v", q.name, q.got, q.want)
		}
	}
	if !got.Clean() || !got.Valid || got.Sent != 100 || got.DeliveriesPerSecond < 4.9 || got.DeliveriesPerSecond > 5.1 {
		t.Errorf("%+v", got)
	}
}

// stalled is what comes of a server that stands still for 2 of 10 seconds.
func stalled(t *testing.T) measure.Summary {
	t.Helper()
	f := newFake()
	var begin time.Time
	f.stall = func() time.Duration {
		if begin.IsZero() {
			begin = time.Now() // the first client attaches
		}
		if at := time.Since(begin); at > 5*time.Second && at < 7*time.Second {
			return 7*time.Second - at
		}
		return 0
	}
	return virtual(t, f, loadtest.Config{Scenario: loadtest.Fanout, Clients: 2, Rate: 200, Duration: 10 * time.Second, Timeout: 3 * time.Second, Payload: bytes("128")})
}

// A server that stands still for 2 of 10 seconds delays each of the 2 × 100
// messages that were meant for that time, by 2 s and less: a tenth of all waits
// at least 1 s. A generator that measured from its writes would see it once.
func TestAStallShowsInEverythingThatWaitedForIt(t *testing.T) {
	got := stalled(t)
	if !got.Clean() || got.Sent != 1000 {
		t.Errorf("%+v", got)
	}
	if l := got.LatencyMS; l.P50 > 1 || l.P90 < 900 || l.P90 > 1100 || l.Max < 1900 {
		t.Errorf("latencies %+v do not show the stall", l)
	}
	if r := got.Conditions.ResultMS; r == nil || r.P90 < 900 {
		t.Errorf("the senders' latencies %+v do not show the stall", r)
	}
}

func TestAGeneratorThatIsLateSaysSo(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Rate, c.Duration = 40, 30*time.Second // the CPU is real: of so long it is used a little, so that this is not the limit
	c.Wait = func(ctx context.Context, until time.Time) {
		select {
		case <-time.After(time.Until(until) + 8*time.Millisecond):
		case <-ctx.Done():
		}
	}
	got := virtual(t, newFake(), c)
	if got.Valid || !strings.Contains(got.Conditions.Reason, "late") || got.Conditions.GeneratorLagP99MS < 8 {
		t.Errorf("valid %v: %q, lag %v ms", got.Valid, got.Conditions.Reason, got.Conditions.GeneratorLagP99MS)
	}
	if got.LatencyMS.P99 < 8 {
		t.Errorf("latency %+v does not count from when messages were due", got.LatencyMS)
	}
}

func TestAMistakeInTheConfigIsToldAsItsFlag(t *testing.T) {
	_, err := loadtest.Run(t.Context(), loadtest.Config{Scenario: loadtest.Fanout, Senders: 3, Rate: 1, Window: 1, Payload: bytes("5")})
	for _, flag := range []string{"--clients 0", "--senders 3", "--duration 0s", "--timeout 0s", "either --rate", "--payload 5"} {
		if err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%q is not told: %v", flag, err)
		}
	}
}

func TestAnInterruptedTestLeavesNothingBehind(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Duration = time.Hour
	c.Rate = 100
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	f := newFake()
	srv := httptest.NewServer(f)
	defer srv.Close()
	f.url, _ = url.Parse(srv.URL)
	c.Target = f.target()
	if _, err := loadtest.Run(ctx, c); err == nil {
		t.Error("that it was interrupted is not told")
	} // TestMain sees goroutines that are left
}
