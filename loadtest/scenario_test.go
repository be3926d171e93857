package loadtest_test

import (
	"errors"
	"math"
	"net"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/report"
)

// A server that stands still for 2 of 10 seconds: counted from when messages were
// due, a tenth of them waits at least a second. Counted from when they left, as a
// generator does that waits with the server, nearly nobody does.
func TestTheRawLatencyShowsWhatItWouldHaveOmitted(t *testing.T) {
	got := stalled(t)
	if got.LatencyMS.Count != 2000 || got.RawMS.Count != 2000 {
		t.Fatalf("%d and %d latencies, not 2000", got.LatencyMS.Count, got.RawMS.Count)
	}
	if got.LatencyMS.P90 < 900 || got.RawMS.P90 > 10 {
		t.Errorf("p90 is %v ms from the intended moment and %v ms raw", got.LatencyMS.P90, got.RawMS.P90)
	}
	if seen := slices.MaxFunc(got.Series, func(a, b measure.Point) int { return int(a.LatencyMS.Max - b.LatencyMS.Max) }); seen.LatencyMS.Max < 1900 {
		t.Errorf("no second of the series shows the stall: at most %v ms", seen.LatencyMS.Max)
	}
}

func TestTheSeriesAddsUpToTheWhole(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Duration, c.Warmup = 4*time.Second, 1*time.Second
	got := virtual(t, newFake(), c)
	var messages, deliveries float64
	var counted int64
	last := 0.0
	for _, p := range got.Series {
		messages += p.MessagesPerSecond * (p.AtS - last)
		deliveries += p.DeliveriesPerSecond * (p.AtS - last)
		counted += p.LatencyMS.Count
		last = p.AtS
	}
	near := func(sum float64, whole int64) bool { return math.Abs(sum-float64(whole)) < 1 } // rates are rounded
	if !near(messages, got.Sent) || !near(deliveries, got.Delivered) || counted != got.LatencyMS.Count {
		t.Errorf("%v messages, %v deliveries, %d latencies; of %d, %d, %d", messages, deliveries, counted, got.Sent, got.Delivered, got.LatencyMS.Count)
	}
}

func TestAShortTestHasASeriesToo(t *testing.T) {
	got := onSockets(t, newFake(), loadtest.Config{Scenario: loadtest.Fanout, Clients: 5, Window: 2, Count: 50, Timeout: time.Minute, Payload: bytes("128")})
	var counted int64
	for _, p := range got.Series {
		counted += p.LatencyMS.Count
	}
	if counted != 250 || got.LatencyMS.Count != 250 {
		t.Errorf("%d latencies in %d points, and %d in all; not 250", counted, len(got.Series), got.LatencyMS.Count)
	}
}

func TestARestTooShortForAPointOfItsOwnBelongsToTheLast(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Duration = 2100 * time.Millisecond
	got := virtual(t, newFake(), c)
	if n := len(got.Series); n != 2 {
		t.Fatalf("%d points", n)
	}
	if last := got.Series[1]; last.Phase != measure.Measuring || last.AtS < 2.1 || last.AtS > 2.2 || last.LatencyMS.Count < 1.05*4000 {
		t.Errorf("%+v", last)
	}
}

func TestTheWarmUpIsLeftOut(t *testing.T) {
	f := newFake()
	f.delay = func(n int) time.Duration {
		if n < 100 { // of the warm-up
			return 300 * time.Millisecond
		}
		return time.Millisecond
	}
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Fanout, Clients: 2, Rate: 200, Warmup: time.Second, Duration: time.Second, Timeout: time.Second, Payload: bytes("128")})
	if got.Sent != 200 || got.LatencyMS.Count != 200 || got.LatencyMS.Max > 400 || got.LatencyMS.P50 > 2 && got.LatencyMS.P50 < 200 {
		t.Errorf("sent %d: %+v", got.Sent, got.LatencyMS)
	}
}

func TestACountEndsTheMeasuring(t *testing.T) {
	for _, window := range []int{0, 2} {
		c := small(loadtest.Fanout)
		c.Duration, c.Warmup, c.Count, c.Senders = time.Hour, 200*time.Millisecond, 50, 3
		if c.Window = window; window > 0 {
			c.Rate = 0
		}
		f := newFake()
		f.delay = func(int) time.Duration { return time.Millisecond }
		if got := virtual(t, f, c); got.LatencyMS.Count != 50*20 || !got.Clean() {
			t.Errorf("window %d: %d latencies, not 1000; %+v", window, got.LatencyMS.Count, tallyOf(got))
		}
	}
}

func TestWhatComesFirstEndsTheMeasuring(t *testing.T) {
	c := small(loadtest.Fanout) // 60 messages in its time
	for count, want := range map[int64]int64{50: 50, 70: 60} {
		c.Count = count
		if got := virtual(t, newFake(), c); got.Sent != want {
			t.Errorf("--count %d: %d were sent, not %d", count, got.Sent, want)
		}
	}
	c.Duration, c.Count = 0, 70
	if got := virtual(t, newFake(), c); got.Sent != 70 || got.Conditions.DurationS != 0 {
		t.Errorf("without a time: %d were sent", got.Sent)
	}
}

func TestWithoutARateTheLoopIsClosed(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Rate, c.Duration, c.Count = 0, 0, 5
	if got := virtual(t, newFake(), c); got.Conditions.Window != 1 || got.Sent != 5 {
		t.Errorf("%d messages with a window of %d", got.Sent, got.Conditions.Window)
	}
}

func TestTheSameSeedGivesTheSameLoad(t *testing.T) {
	c := small(loadtest.Fanout)
	c.Arrivals, c.Seed, c.Payload = plan.Poisson, 42, bytes("64-1024")
	one, two := virtual(t, newFake(), c), virtual(t, newFake(), c)
	c.Seed = 43
	if other := virtual(t, newFake(), c); one.Sent != two.Sent || one.Sent == 0 || other.Sent == one.Sent {
		t.Errorf("%d, then %d; of another seed %d", one.Sent, two.Sent, other.Sent)
	}
}

func TestRoomsDeliverWithinEachGroupOnly(t *testing.T) {
	c := small(loadtest.Rooms)
	c.Members, c.Senders = 5, 2 // four groups of five
	got := virtual(t, newFake(), c)
	if want := (tally{Sent: 240, Expected: 1200, Delivered: 1200}); tallyOf(got) != want {
		t.Errorf("got %+v, want %+v", tallyOf(got), want)
	}
	if k := got.Conditions; k.MeasuredAt == 0 || k.Server != "http://127.0.0.1" || k.Groups != 4 || k.Members != 5 || k.Senders != 8 {
		t.Errorf("%+v", k)
	}
}

// The fake's writers wait for no one: what a slow reader does not take, it
// keeps. The others must not notice in the figures either.
func TestSlowReadersAreNotCountedAmongTheOthers(t *testing.T) {
	f := newFake()
	f.delay = func(n int) time.Duration {
		if n < 200 {
			return 5 * time.Millisecond // while all read
		}
		return 10 * time.Millisecond
	}
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Slow, Clients: 6, SlowReaders: 2, Rate: 800, Duration: time.Second, Timeout: 20 * time.Second, Payload: bytes("128"),
		Thresholds: []measure.Threshold{demand(t, "slowdown<2.5"), demand(t, "slowdown<1.5")}})
	if want := (tally{Sent: 400, Expected: 1600, Delivered: 1600}); tallyOf(got) != want {
		t.Errorf("got %+v, want %+v", tallyOf(got), want)
	}
	w := got.Slow
	if w == nil || w.Readers != 2 || w.BaselineMS.Count != 800 || w.BaselineMS.P99 < 5 || w.BaselineMS.P99 > 5.1 || got.LatencyMS.P99 < 10 || got.LatencyMS.P99 > 10.1 {
		t.Errorf("%+v beside %+v", w, got.LatencyMS)
	}
	before := slices.DeleteFunc(got.Series, func(p measure.Point) bool { return p.Phase != measure.Comparing })
	if len(before) != 1 || before[0].LatencyMS.Count == 0 || before[0].LatencyMS.Max > 5.1 {
		t.Errorf("the seconds before: %+v", before)
	}
	if v := got.Thresholds; !v[0].Met || v[1].Met {
		t.Errorf("%+v", v)
	}
}

func demand(t *testing.T, s string) measure.Threshold {
	t.Helper()
	th, err := measure.ParseThreshold(s)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestEachAttachIsCountedFromWhenItWasMeant(t *testing.T) {
	f := newFake()
	f.attach = 40 * time.Millisecond
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Connect, Clients: 5, Conversations: 7, Rate: 10, Count: 30, Duration: time.Hour, Timeout: time.Second})
	if q := got.AttachMS; q.Count != 30 || q.P50 < 40 || q.Max > 41 { // without who made the conversations
		t.Errorf("attach: %+v", q)
	}
	if q := got.ConnectMS; q.Count != 30 || q.P50 < 40 || !got.Clean() {
		t.Errorf("connect: %+v, errors %d", q, got.Errors)
	}
	if f.mostHeads != 7 {
		t.Errorf("clients had %d conversations, not 7", f.mostHeads)
	}
}

// Each attach takes half a second, and each of five clients is due every 250 ms:
// from the sixth on each waits for its client's last, longer and longer.
func TestAServerTooSlowForTheClientsIsNoLagOfTheGenerator(t *testing.T) {
	f := newFake()
	f.attach = 500 * time.Millisecond
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Connect, Clients: 5, Rate: 20, Count: 40, Duration: time.Hour, Timeout: 10 * time.Second})
	k := got.Conditions
	if strings.Contains(k.Reason, "late") || k.GeneratorLagP99MS > 1 {
		t.Errorf("the generator lags by %v ms: %q", k.GeneratorLagP99MS, k.Reason)
	}
	if k.Waited != 35 || !strings.Contains(report.Text(got), "35 attaches for a client that was still connecting") {
		t.Errorf("%d waited, told as\n%s", k.Waited, report.Text(got))
	}
	// The last round ends after 8 × 500 ms and was due after 7 × 250 ms.
	if q := got.ConnectMS; q.Count != 40 || q.Max < 2250 || q.Max > 2260 || got.AttachMS.Max > 501 {
		t.Errorf("connect %+v, attach %+v", q, got.AttachMS)
	}
}

func TestAClosedLoopOfAttachesHasNoLag(t *testing.T) {
	f := newFake()
	f.attach = 500 * time.Millisecond
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Connect, Clients: 5, Window: 2, Count: 20, Timeout: 10 * time.Second})
	if k := got.Conditions; k.GeneratorLagP99MS > 1 || k.Waited != 0 || got.ConnectMS.Count != 20 || got.ConnectMS.Max > 501 {
		t.Errorf("lag %v ms, %d waited, connect %+v", k.GeneratorLagP99MS, k.Waited, got.ConnectMS)
	}
}

func TestWhereNobodyCanConnectThereAreNoFigures(t *testing.T) {
	f := newFake()
	f.busy = func(token string) bool { return token != "token-5" } // who makes the conversations
	got, err := interrupted(t, f, loadtest.Config{Scenario: loadtest.Connect, Clients: 5, Conversations: 2, Window: 5, Duration: time.Hour, Timeout: time.Second}, 1<<62)
	if err == nil || !strings.Contains(err.Error(), "nobody could connect: client ") || got.Scenario != "" {
		t.Errorf("%v, %q", err, got.Scenario)
	}
}

func TestAResultSaysThatAMessageWasAccepted(t *testing.T) {
	for _, first := range []bool{false, true} {
		f := newFake()
		f.resultFirst = first
		got := virtual(t, f, small(loadtest.Fanout))
		if k := got.Conditions; k.AcceptedMS == nil || k.AcceptedMS.Count != 60 || k.ResultMS.Count != 60 {
			t.Errorf("result first %v: accepted %+v, result %+v", first, k.AcceptedMS, k.ResultMS)
		}
	}
}

func TestEverybodyWhoDropsComesBack(t *testing.T) {
	f := newFake()
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Reconnect, Clients: 50, Drop: loadtest.ByClients, Duration: time.Minute, Timeout: time.Second})
	r := got.Reconnect
	if r == nil || r.Dropped != 50 || r.Back != 50 || r.Attempts != 50 || got.Errors != 0 {
		t.Fatalf("%+v, errors %d: %s", r, got.Errors, got.Conditions.FirstError)
	}
	if r.CalmS != measure.Round(r.CalmS) {
		t.Errorf("calm after %v s, to three decimals", r.CalmS)
	}
	var connects int64
	for _, p := range got.Series {
		connects += p.ConnectMS.Count
	}
	if last := got.Series[len(got.Series)-1]; last.Live != 50 || connects < 50 {
		t.Errorf("%d connects; it ends with %+v", connects, last)
	}
	// First tries are spread over a second (promises, rule 12).
	if r.CalmS < 0.8 || r.CalmS > 1.1 || r.BackMS.P50 < 300 || r.BackMS.P50 > 700 {
		t.Errorf("calm after %v s, back %+v", r.CalmS, r.BackMS)
	}
}

func TestWhoIsSentAwayTriesAgainLater(t *testing.T) {
	f := newFake()
	var once sync.Map
	f.busy = func(token string) bool { // the second time that each comes
		n, _ := once.LoadOrStore(token, new(int))
		*n.(*int)++
		return *n.(*int) == 2
	}
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Reconnect, Clients: 20, Drop: loadtest.ByClients, Duration: time.Minute, Timeout: time.Second})
	if r := got.Reconnect; r.Back != 20 || r.Attempts != 40 || r.Refused != 20 || r.BackMS.P50 < 1000 {
		t.Errorf("%+v", r) // the refusal asked for a second
	}
}

func TestWhoDoesNotComeBackInTimeIsAnError(t *testing.T) {
	f := newFake()
	var mu sync.Mutex
	seen := map[string]bool{}
	f.busy = func(token string) bool {
		mu.Lock()
		defer mu.Unlock()
		again := seen[token]
		seen[token] = true
		return again
	}
	got := virtual(t, f, loadtest.Config{Scenario: loadtest.Reconnect, Clients: 3, Drop: loadtest.ByClients, Duration: 10 * time.Second, Timeout: time.Second,
		Thresholds: []measure.Threshold{demand(t, "errors==0")}})
	if got.Reconnect.Back != 0 || got.Errors != 1 || got.Thresholds[0].Met {
		t.Errorf("%+v, errors %d", got.Reconnect, got.Errors)
	}
}

func TestPeopleAreTakenAwayAfterATest(t *testing.T) {
	f := newFake()
	f.removes = true
	virtual(t, f, small(loadtest.Fanout))
	if f.removed != 20 {
		t.Errorf("%d of 20 people were removed", f.removed)
	}
}

func TestAWholeTestHasItsFiguresAlsoWhenItsPeopleStay(t *testing.T) {
	f := newFake()
	f.removes, f.notRemoved = true, errors.New("the server is gone")
	srv := httptest.NewServer(f)
	defer srv.Close()
	f.url, _ = url.Parse(srv.URL)
	c := small(loadtest.Idle)
	c.Target = f.target()
	got, err := loadtest.Run(t.Context(), c)
	if !errors.Is(err, loadtest.ErrLeft) || !errors.Is(err, f.notRemoved) || got.Scenario != "idle" {
		t.Errorf("%q, %v", got.Scenario, err)
	}
}

func TestClientsConnectFromTheAddressesThatWereNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has all of 127.0.0.0/8 without being asked")
	}
	f := newFake()
	c := small(loadtest.Idle)
	c.Sources = []netip.Addr{netip.MustParseAddr("127.0.0.2"), netip.MustParseAddr("127.0.0.3")}
	got := onSockets(t, f, c)
	from := map[string]int{}
	for _, a := range f.addresses {
		host, _, _ := net.SplitHostPort(a)
		from[host]++
	}
	if from["127.0.0.2"] != 10 || from["127.0.0.3"] != 10 || got.Conditions.Sources != 2 {
		t.Errorf("%v", from)
	}
}
