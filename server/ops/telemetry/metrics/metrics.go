// Package metrics is what a server counts, for Prometheus.
//
// Where work is done, counting is a few atomic additions and allocates nothing;
// all else is read when somebody asks. Nothing here names a person, a
// conversation or a text. All methods may be called concurrently; nothing runs
// in the background.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// patience is what one answer to Prometheus may take to be read.
const patience = 5 * time.Second

// Metrics are the counters of one process.
type Metrics struct {
	registry *prometheus.Registry
	topics   map[string]*work // never changed after New
	decided  *prometheus.CounterVec
}

// work is what is counted of one topic.
type work struct {
	published, unpublished prometheus.Counter
	publish, transaction   prometheus.Observer
	batch                  prometheus.Observer
}

// Config is what the counters are about.
type Config struct {
	Version string
	Topics  []string
	// Read is how the server stands, for one answer.
	Read func(ctx context.Context) Reading
}

// New makes counters that stand at nothing.
func New(cfg Config) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), topics: map[string]*work{}}
	vec := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"topic"})
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"topic"})
	}
	seconds := prometheus.ExponentialBuckets(0.00025, 2, 16) // a quarter of a millisecond to 8 s
	published := vec("chatctl_log_records_total", "Records that the log has taken.")
	unpublished := vec("chatctl_log_refusals_total", "Publications that the log refused, or of which it is unknown whether it took them.")
	publish := histogram("chatctl_log_publish_seconds", "From handing records to the log until they were durable.", seconds)
	transaction := histogram("chatctl_batch_transaction_seconds", "Deciding a batch in its transaction and telling its results.", seconds)
	batch := histogram("chatctl_batch_records", "Records of a batch.", prometheus.ExponentialBuckets(1, 2, 11))
	m.decided = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chatctl_actions_decided_total", Help: "Actions that got an outcome, by outcome and, of refusals, the reason.",
	}, []string{"outcome", "reason"})
	m.registry.MustRegister(published, unpublished, publish, transaction, batch, m.decided,
		&collector{read: cfg.Read, version: cfg.Version},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, t := range cfg.Topics {
		m.topics[t] = &work{
			published: published.WithLabelValues(t), unpublished: unpublished.WithLabelValues(t),
			publish: publish.WithLabelValues(t), transaction: transaction.WithLabelValues(t), batch: batch.WithLabelValues(t),
		}
	}
	return m
}

// Handler answers GET with all of them in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * patience})
}

// Published counts a publication of records that took so long.
func (m *Metrics) Published(topic string, records int, took time.Duration, err error) {
	w := m.topics[topic]
	switch {
	case w == nil:
	case err != nil:
		w.unpublished.Inc()
	default:
		w.published.Add(float64(records))
		w.publish.Observe(took.Seconds())
	}
}

// Applied counts a batch of records that was decided in so long.
func (m *Metrics) Applied(topic string, records int, took time.Duration) {
	if w := m.topics[topic]; w != nil {
		w.batch.Observe(float64(records))
		w.transaction.Observe(took.Seconds())
	}
}

// Decided counts n actions with an outcome.
func (m *Metrics) Decided(outcome, reason string, n int) {
	m.decided.WithLabelValues(outcome, reason).Add(float64(n))
}
