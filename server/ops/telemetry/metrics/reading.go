package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Reading is how a server stands at one moment. What could not be read, or is
// not this process's, is negative or zero and left out.
type Reading struct {
	Connections   int
	Accepted      uint64 // actions
	SignInsFailed uint64
	Delivered     uint64 // frames that were given to sockets
	Lagged        uint64 // queues dropped because the reader was slow
	Stalled       uint64 // connections closed because nothing was read
	Resyncs       uint64 // times that the live channel may have lost something
	Retries       uint64 // tries of a batch that failed
	Failing       int    // partitions that retry
	Paused        int    // of those, for 10 s
	Held          int64
	FreeDisk      int64 // bytes
	Topics        []Topic
	Expiry        time.Time // of the certificate
}

// Topic is how the log of one topic and its handling stand. Numbers are those of stored messages.
type Topic struct {
	Name      string
	Stored    uint64 // messages that this process stored, one sync each
	Last      int64
	Bytes     int64
	Pos       int64 // decided up to here
	Published int64 // results out up to here
}

// desc is one metric that is read.
type desc struct {
	*prometheus.Desc
	kind prometheus.ValueType
}

func described(kind prometheus.ValueType, name, help string, labels ...string) desc {
	return desc{prometheus.NewDesc(name, help, labels, nil), kind}
}

var (
	buildInfo     = described(prometheus.GaugeValue, "chatctl_build_info", "1, for the version that runs.", "version")
	connections   = described(prometheus.GaugeValue, "chatctl_connections", "Open streams of clients.")
	accepted      = described(prometheus.CounterValue, "chatctl_actions_accepted_total", "Actions that were accepted (promise A1).")
	signInsFailed = described(prometheus.CounterValue, "chatctl_signins_failed_total", "Sign-ins with wrong credentials, or refused after too many of them.")
	delivered     = described(prometheus.CounterValue, "chatctl_deliveries_total", "Frames given to clients' sockets.")
	lagged        = described(prometheus.CounterValue, "chatctl_queues_dropped_total", "Queues dropped because the client read too slowly; it catches up from the store.")
	stalled       = described(prometheus.CounterValue, "chatctl_connections_stalled_total", "Streams closed because the client had not read for 10 s.")
	resyncs       = described(prometheus.CounterValue, "chatctl_live_resyncs_total", "Times that all rooms were compared with the store, because live items may have been lost.")
	retries       = described(prometheus.CounterValue, "chatctl_batch_retries_total", "Tries of a batch that failed and came again.")
	failing       = described(prometheus.GaugeValue, "chatctl_partitions_failing", "Partitions that retry now.")
	paused        = described(prometheus.GaugeValue, "chatctl_partitions_paused", "Partitions that have retried for 10 s or more.")
	held          = described(prometheus.GaugeValue, "chatctl_actions_held", "Actions that wait for an administrator.")
	freeDisk      = described(prometheus.GaugeValue, "chatctl_disk_free_bytes", "What can still be written on the data directory's disk.")
	expiry        = described(prometheus.GaugeValue, "chatctl_certificate_expiry_timestamp_seconds", "When the certificate that is served ends.")
	stored        = described(prometheus.CounterValue, "chatctl_log_stored_messages_total", "Messages that this process stored on the log, each with a sync of its own.", "topic")
	logBytes      = described(prometheus.GaugeValue, "chatctl_log_bytes", "What the log holds on disk.", "topic")
	logLag        = described(prometheus.GaugeValue, "chatctl_log_lag_messages", "Stored messages that are not decided yet.", "topic")
	unpublished   = described(prometheus.GaugeValue, "chatctl_log_unpublished_messages", "Stored messages that are decided and whose results are not known to be out.", "topic")

	descs = []desc{buildInfo, connections, accepted, signInsFailed, delivered, lagged, stalled, resyncs, retries,
		failing, paused, held, freeDisk, expiry, stored, logBytes, logLag, unpublished}
)

// collector reads the server for each answer.
type collector struct {
	version string
	read    func(ctx context.Context) Reading
}

func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descs {
		to <- d.Desc
	}
}

func (c *collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // the library hands none on
	defer cancel()
	put := func(d desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d.Desc, d.kind, v, labels...)
	}
	r := c.read(ctx)
	put(buildInfo, 1, c.version)
	put(connections, float64(r.Connections))
	put(accepted, float64(r.Accepted))
	put(signInsFailed, float64(r.SignInsFailed))
	put(delivered, float64(r.Delivered))
	put(lagged, float64(r.Lagged))
	put(stalled, float64(r.Stalled))
	put(resyncs, float64(r.Resyncs))
	put(retries, float64(r.Retries))
	put(failing, float64(r.Failing))
	put(paused, float64(r.Paused))
	if r.Held >= 0 {
		put(held, float64(r.Held))
	}
	if r.FreeDisk >= 0 {
		put(freeDisk, float64(r.FreeDisk))
	}
	if !r.Expiry.IsZero() {
		put(expiry, float64(r.Expiry.Unix()))
	}
	for _, t := range r.Topics {
		put(stored, float64(t.Stored), t.Name)
		put(logBytes, float64(t.Bytes), t.Name)
		put(logLag, float64(max(0, t.Last-t.Pos)), t.Name)
		put(unpublished, float64(max(0, t.Pos-t.Published)), t.Name)
	}
}
