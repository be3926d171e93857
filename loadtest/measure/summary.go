// Package measure holds what a load test counts: durations (Recorder), what a
// receiver got (Ledger), and the Summary that a report shows. It knows nothing
// of sockets and of sending, so that what it reports can be tested against
// deliveries that a test makes up.
//
// A Recorder may be used from many goroutines, a Ledger from one at a time.
package measure

// Quantiles of durations, in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Summary is the whole outcome of a load test, and its JSON.
//
// Sent to Errors count the whole run, its warm-up included: a message lost while
// warming up is lost. The rates are those between the warm-up's end and the end
// of sending; latencies are those of all messages meant for that time, however
// late they came.
type Summary struct {
	Scenario   string `json:"scenario"`
	Valid      bool   `json:"valid"`        // false: the generator was the limit, so the figures say nothing of the server
	Sent       int64  `json:"sent"`         // messages that left
	Expected   int64  `json:"expected"`     // deliveries due: messages that left and were not refused, times receivers
	Delivered  int64  `json:"delivered"`    // messages that came, each counted once a receiver
	Lost       int64  `json:"lost"`         // expected and not come by the end
	Duplicated int64  `json:"duplicated"`   // came again
	OutOfOrder int64  `json:"out_of_order"` // came after one that belongs behind it
	Errors     int64  `json:"errors"`       // refusals, broken connections, messages without a result, messages nobody sent

	DeliveriesPerSecond float64    `json:"deliveries_per_second"`
	MessagesPerSecond   float64    `json:"messages_per_second"`
	LatencyMS           Quantiles  `json:"latency_ms"` // from the moment the message was meant to leave until a receiver read it
	ConnectMS           Quantiles  `json:"connect_ms"` // from the first SYN until the connection was live
	Conditions          Conditions `json:"conditions"`
}

// Conditions are what must be known to read a Summary, and to repeat it.
type Conditions struct {
	Version    string  `json:"version"`
	Clients    int     `json:"clients"`
	Senders    int     `json:"senders"`
	Receivers  int     `json:"receivers"`       // deliveries that each message should have
	Rate       float64 `json:"rate,omitzero"`   // open loop: deliveries per second that were asked for
	Window     int     `json:"window,omitzero"` // closed loop: messages under way per sender
	Payload    int     `json:"payload"`         // bytes of text
	DurationS  float64 `json:"duration_s"`      // as asked for, without the warm-up
	WarmupS    float64 `json:"warmup_s"`
	MeasuredS  float64 `json:"measured_s"` // what the rates were divided by
	Cores      int     `json:"cores"`      // that this process may use
	GOMAXPROCS int     `json:"gomaxprocs"`
	OS         string  `json:"os"`

	GeneratorCPU      float64 `json:"generator_cpu"`        // cores that the generator used while measuring
	GeneratorCPUShare float64 `json:"generator_cpu_share"`  // of those it could have used
	GeneratorLagP99MS float64 `json:"generator_lag_p99_ms"` // how late sends left by the generator's own fault
	Reason            string  `json:"reason,omitempty"`     // why the result is not valid

	ServerCPU              float64 `json:"server_cpu,omitzero"`                // cores; of a server on this machine whose process is known
	ServerRSS              int64   `json:"server_rss_bytes,omitzero"`          // at the end
	ServerRSSPerConnection int64   `json:"server_rss_per_connection,omitzero"` // idle: bytes; growth from before the first connection on
	KernelPerSocket        int64   `json:"kernel_per_socket,omitzero"`         // idle: bytes; the same of the kernel's own memory, for each end that lies on this machine

	AcceptedMS *Quantiles `json:"accepted_ms,omitempty"` // A1: from the intended moment until the sender saw it accepted
	ResultMS   *Quantiles `json:"result_ms,omitempty"`   // A2: … until the sender saw its result

	Lagging    int64  `json:"lagging,omitzero"`      // times that the server dropped a connection's queue
	Repaired   int64  `json:"repaired,omitzero"`     // deliveries that came by a pull, not by push; they are in delivered
	FirstError string `json:"first_error,omitempty"` // one of the errors, in words
}

// Clean reports whether every expected delivery came once and in order, and nothing failed.
func (s Summary) Clean() bool {
	return s.Lost == 0 && s.Duplicated == 0 && s.OutOfOrder == 0 && s.Errors == 0
}
