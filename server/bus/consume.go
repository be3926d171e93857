package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Log publishes records and runs a service's Consumer on them: what is the same
// on every engine. All methods may be called concurrently.
type Log struct {
	engine Engine
	log    *slog.Logger
	opts   Options

	mu      sync.Mutex
	failing map[place]failing
	stands  map[place]stand
	retries uint64
}

// stand is where a partition's handling stands.
type stand struct{ pos, published int64 }

// Options of a Log.
type Options struct {
	MaxBatch int      // records of a batch, 0 is 1000
	Observer Observer // may be nil
	Faults   Faults
}

// Faults are mistakes that a test switches on to see that its checks find them. Zero is none.
type Faults struct {
	PurgeCommitted bool // purge below the committed position instead of the published one
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int
}

// failing is since when a partition retries, and why.
type failing struct {
	since time.Time
	err   error
}

const (
	defaultBatch = 1000
	// A batch is cut at this size, so that what cannot be purged yet, its own
	// messages, stays a small part of any log.
	maxBatchBytes = 4 << 20
	// How long a partition may retry before it counts as paused (promises, rule 7).
	pausedAfter = 10 * time.Second
	// How long a batch that has begun may go on after its context ended (promises, rule 13).
	grace = 5 * time.Second
)

// New makes a Log on engine. It starts nothing.
func New(engine Engine, log *slog.Logger, opts Options) *Log {
	if opts.MaxBatch <= 0 {
		opts.MaxBatch = defaultBatch
	}
	return &Log{engine: engine, log: log, opts: opts, failing: make(map[place]failing), stands: make(map[place]stand)}
}

// Publish is Engine.Publish.
func (l *Log) Publish(ctx context.Context, topic string, recs []Record) error {
	if l.opts.Observer == nil {
		return l.engine.Publish(ctx, topic, recs)
	}
	start := time.Now()
	err := l.engine.Publish(ctx, topic, recs)
	l.opts.Observer.Published(topic, len(recs), time.Since(start), err)
	return err
}

// Consume gives c the records of every partition of topic that this process
// owns (promises, rules 6 and 7). It returns nil once ctx has ended and the batch
// under way is finished, or the error that stops a partition.
func (l *Log) Consume(ctx context.Context, topic string, c Consumer) error {
	err := l.engine.Own(ctx, topic, func(ctx context.Context, p Partition) error {
		work, cancel := outlive(ctx, grace)
		defer cancel()
		w := &worker{
			bus: l, log: l.log.With("topic", topic, "partition", p.Number()),
			place: place{topic, p.Number()}, c: c, p: p, limit: l.opts.MaxBatch,
		}
		defer l.recovered(w.place)
		if err := w.run(ctx, work); !ended(ctx, err) {
			return fmt.Errorf("partition %d: %w", p.Number(), err)
		}
		return nil
	})
	if err == nil || ended(ctx, err) {
		return nil
	}
	return fmt.Errorf("consuming %s: %w", topic, err)
}

// Ready tells which partitions are paused: retrying for 10 s. Nil when none is.
func (l *Log) Ready() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for p, f := range l.failing {
		if d := time.Since(f.since); d >= pausedAfter {
			errs = append(errs, fmt.Errorf("partition %d of %s has been paused for %s: %w", p.partition, p.topic, d.Round(time.Second), f.err))
		}
	}
	return errors.Join(errs...)
}

// failed notes that a partition retries; first tells whether that is news.
func (l *Log) failed(p place, err error) (first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, known := l.failing[p]
	if !known {
		f.since = time.Now()
	}
	l.retries++
	f.err = err
	l.failing[p] = f
	return !known
}

// recovered notes that a partition goes on, and tells for how long it had failed.
func (l *Log) recovered(p place) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, known := l.failing[p]
	if !known {
		return 0
	}
	delete(l.failing, p)
	return time.Since(f.since)
}

// ended tells whether err only says that ctx has ended.
func ended(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx)))
}

// outlive is a context that ends d after its parent.
func outlive(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}
