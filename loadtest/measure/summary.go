// Package measure holds what a load test counts: durations (Recorder, Window),
// what a receiver got (Ledger), the Summary that a report shows, and what was
// asked of it (Threshold). It knows nothing of sockets and of sending, so that
// what it reports can be tested against deliveries that a test makes up.
//
// A Recorder may be used from many goroutines, all else from one at a time.
package measure

import (
	"cmp"
	"math"

	"github.com/chatctl/chatctl/server/api"
)

// Quantiles of durations, in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
	// Count is how many durations there were.
	Count int64 `json:"count"`
}

// Summary is the whole outcome of a load test, and its JSON.
//
// Sent to Errors count the whole run, its warm-up included: a message lost while
// warming up is lost. The rates are those between the warm-up's end and the end
// of sending; latencies are those of all messages meant for that time, however
// late they came.
type Summary struct {
	Scenario string `json:"scenario"`
	Valid    bool   `json:"valid"` // false: the generator was the limit, so the figures say nothing of the server
	// Interrupted: it was ended early, and all figures are of the time until then.
	Interrupted bool `json:"interrupted,omitzero"`

	Sent       int64 `json:"sent"`         // messages that left
	Expected   int64 `json:"expected"`     // deliveries due: messages that left and were not refused, times receivers
	Delivered  int64 `json:"delivered"`    // messages that came, each counted once a receiver
	Lost       int64 `json:"lost"`         // expected and not come by the end
	Duplicated int64 `json:"duplicated"`   // came again
	OutOfOrder int64 `json:"out_of_order"` // came after one that belongs behind it
	Errors     int64 `json:"errors"`       // refusals, broken connections, messages without a result, messages nobody sent

	DeliveriesPerSecond float64    `json:"deliveries_per_second"`
	MessagesPerSecond   float64    `json:"messages_per_second"`
	LatencyMS           Quantiles  `json:"latency_ms"` // from the moment the message was meant to leave until a receiver read it
	RawMS               Quantiles  `json:"raw_ms"`     // from the moment it did leave: what a generator without a schedule would report
	ConnectMS           Quantiles  `json:"connect_ms"` // from the first SYN (connect: the intended moment) until the connection was live
	AttachMS            Quantiles  `json:"attach_ms"`  // of that: from the upgrade on, while the server tells where conversations stand
	Slow                *Slow      `json:"slow,omitempty"`
	Reconnect           *Reconnect `json:"reconnect,omitempty"`
	Thresholds          []Verdict  `json:"thresholds,omitempty"`
	Conditions          Conditions `json:"conditions"`

	Distribution Distribution `json:"distribution"`
	Series       []Point      `json:"series"` // one for each second; a short rest is in the last
}

// Slow is what became of readers who stopped, and of those beside them.
type Slow struct {
	Readers    int       `json:"readers"`
	Lagging    int64     `json:"lagging"`     // that were told that their queue was dropped
	Closed     int64     `json:"closed"`      // that the server had closed
	BaselineMS Quantiles `json:"baseline_ms"` // latency at the others before they stopped; Summary.LatencyMS is after
}

// Reconnect is how everybody came back.
type Reconnect struct {
	Dropped  int       `json:"dropped"`
	Back     int64     `json:"back"`
	Attempts int64     `json:"attempts"`
	Refused  int64     `json:"refused"`         // attempts that the server sent away with 503 or 429
	Failed   int64     `json:"failed"`          // attempts that met no server, or not within the time-out
	CalmS    float64   `json:"calm_s"`          // from the drop until all were live again; when not all came Back, until nobody waited for them any more
	AwayS    float64   `json:"away_s,omitzero"` // of that: until the restarted server was ready
	BackMS   Quantiles `json:"back_ms"`         // from the end of its own connection until each was live again
}

// Distribution is how durations were spread, for drawing.
type Distribution struct {
	Latency []Step `json:"latency,omitempty"`
	Raw     []Step `json:"raw,omitempty"`
	Connect []Step `json:"connect,omitempty"`
}

// Step is a percentile, and what so many per cent of the durations were at most.
type Step struct {
	Percentile float64 `json:"percentile"`
	MS         float64 `json:"ms"`
}

// Point is about one second of a test. Its counts are those of that second.
type Point struct {
	AtS                 float64   `json:"at_s"` // its end, since the test's beginning
	Phase               Phase     `json:"phase"`
	Live                int64     `json:"live"` // connections, at its end
	MessagesPerSecond   float64   `json:"messages_per_second"`
	DeliveriesPerSecond float64   `json:"deliveries_per_second"`
	LatencyMS           Quantiles `json:"latency_ms"` // of what was measured; before readers stop, of what that is compared with
	ConnectMS           Quantiles `json:"connect_ms"`
	Errors              int64     `json:"errors"`
	Lagging             int64     `json:"lagging"`
	GeneratorCPU        float64   `json:"generator_cpu"`       // cores
	GeneratorCPUShare   float64   `json:"generator_cpu_share"` // of those it could have used
	GeneratorLagP99MS   float64   `json:"generator_lag_p99_ms"`
	ServerCPU           float64   `json:"server_cpu,omitzero"` // cores
}

// Phase is what a test was doing.
type Phase string

// The phases, in their order.
const (
	Connecting Phase = "connect"
	Warming    Phase = "warm-up"
	Comparing  Phase = "before" // slow: all read still
	Measuring  Phase = "measure"
	Draining   Phase = "drain"
)

// Conditions are what must be known to read a Summary, and to repeat it.
type Conditions struct {
	MeasuredAt    api.Time `json:"measured_at,omitzero"` // when the measuring began
	Server        string   `json:"server,omitempty"`     // its URL
	Version       string   `json:"version"`
	Clients       int      `json:"clients"`
	Senders       int      `json:"senders"`
	Receivers     int      `json:"receivers"`          // deliveries that each message should have
	Rate          float64  `json:"rate,omitzero"`      // open loop: deliveries per second that were asked for
	Window        int      `json:"window,omitzero"`    // closed loop: messages under way per sender
	Payload       string   `json:"payload"`            // bytes of text, as asked for
	Arrivals      string   `json:"arrivals,omitempty"` // open loop: how messages follow each other
	Seed          uint64   `json:"seed"`
	Groups        int      `json:"groups,omitzero"`
	Members       int      `json:"members,omitzero"`       // of each group
	Conversations int      `json:"conversations,omitzero"` // of each client, beside the measured one
	Sources       int      `json:"sources,omitzero"`       // addresses that clients connect from
	DurationS     float64  `json:"duration_s"`             // as asked for, without the warm-up; 0: Count alone ended it
	WarmupS       float64  `json:"warmup_s"`
	RampS         float64  `json:"ramp_s,omitzero"`
	Count         int64    `json:"count,omitzero"` // of measured messages (connect: of attaches) at which it ended, unless it was over before
	MeasuredS     float64  `json:"measured_s"`     // what the rates were divided by
	Cores         int      `json:"cores"`          // that this process may use
	GOMAXPROCS    int      `json:"gomaxprocs"`
	OS            string   `json:"os"`

	GeneratorCPU       float64 `json:"generator_cpu"`                       // cores that the generator used while measuring
	GeneratorCPUShare  float64 `json:"generator_cpu_share"`                 // of those it could have used
	GeneratorLagP99MS  float64 `json:"generator_lag_p99_ms"`                // how late sends left by the generator's own fault
	GeneratorPerClient int64   `json:"generator_bytes_per_client,omitzero"` // resident memory, growth from before the first connection on
	Reason             string  `json:"reason,omitempty"`                    // why the result is not valid
	IOPressure         float64 `json:"io_pressure,omitzero"`                // share of the time in which something on this machine waited for its disks

	ServerCPU              float64 `json:"server_cpu,omitzero"`                // cores; of a server on this machine whose process is known
	ServerRSS              int64   `json:"server_rss_bytes,omitzero"`          // at the end
	ServerRSSPerConnection int64   `json:"server_rss_per_connection,omitzero"` // idle: bytes; growth from before the first connection on
	KernelPerSocket        int64   `json:"kernel_per_socket,omitzero"`         // idle: bytes; the same of the kernel's own memory, for each end that lies on this machine

	AcceptedMS *Quantiles `json:"accepted_ms,omitempty"` // A1: from the intended moment until the sender saw it accepted
	ResultMS   *Quantiles `json:"result_ms,omitempty"`   // A2: … until the sender saw its result

	Waited     int64  `json:"waited,omitzero"`       // connect, open loop: attaches that were due while their client's last was under way; more clients ask more of the server
	Lagging    int64  `json:"lagging,omitzero"`      // times that the server dropped a connection's queue
	Repaired   int64  `json:"repaired,omitzero"`     // deliveries that came by a pull, not by push; they are in delivered
	FirstError string `json:"first_error,omitempty"` // one of the errors, in words
}

// Clean reports whether every expected delivery came once and in order, and nothing failed.
func (s Summary) Clean() bool {
	return s.Lost == 0 && s.Duplicated == 0 && s.OutOfOrder == 0 && s.Errors == 0
}

// PerSecond is a rate with three decimals.
func PerSecond(n int64, seconds float64) float64 { return Round(float64(n) / cmp.Or(seconds, 1)) }

// Round keeps three decimals; what is no plain number is 0.
func Round(v float64) float64 {
	if v != v || v > 1e15 || v < -1e15 {
		return 0
	}
	return math.Round(v*1000) / 1000
}
