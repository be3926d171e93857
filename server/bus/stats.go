package bus

import (
	"context"
	"time"
)

// Stats is how a Log stands.
type Stats struct {
	Retries uint64 // tries that failed
	Failing int    // partitions that retry
	Paused  int    // of those, for 10 s
}

// Stats is how l stands.
func (l *Log) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Stats{Retries: l.retries, Failing: len(l.failing)}
	for _, f := range l.failing {
		if time.Since(f.since) >= pausedAfter {
			s.Paused++
		}
	}
	return s
}

// Stands tells up to where this process has decided the partitions of a topic
// that it owns, and up to where results are out: sums over them.
func (l *Log) Stands(topic string) (pos, published int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p, s := range l.stands {
		if p.topic == topic {
			pos, published = pos+s.pos, published+s.published
		}
	}
	return pos, published
}

// Holds tells what the log of a topic holds; false where the engine does not tell.
func (l *Log) Holds(ctx context.Context, topic string) (Holding, bool) {
	h, ok := l.engine.(Holder)
	if !ok {
		return Holding{}, false
	}
	holding, err := h.Holds(ctx, topic)
	return holding, err == nil
}

// stand notes where a partition stands.
func (w *worker) stand() {
	w.bus.mu.Lock()
	w.bus.stands[w.place] = stand{w.pos, w.published}
	w.bus.mu.Unlock()
}

// apply is Apply, observed.
func (w *worker) apply(ctx context.Context, b Batch) error {
	o := w.bus.opts.Observer
	if o == nil {
		return w.c.Apply(ctx, b)
	}
	start := time.Now()
	err := w.c.Apply(ctx, b)
	if err == nil {
		o.Applied(w.place.topic, len(b.Records), time.Since(start))
	}
	return err
}
