package measure

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Longest is the largest duration that a Recorder tells from a longer one. A
// longer one is counted as this long; Max still has its true length.
const Longest = 10 * time.Minute

// digits of precision of every quantile: at most 0.1 % above the true value.
const digits = 3

// Recorder collects durations in a histogram of constant size, to the
// microsecond and three digits. It has shards so that many goroutines can add at
// the same time; all methods may be called concurrently.
type Recorder struct {
	shards []shard

	resetting sync.Mutex
	resets    int64
}

type shard struct {
	mu  sync.Mutex
	h   *hdrhistogram.Histogram
	max time.Duration
	_   [64]byte // keeps two shards' locks off one cache line
}

// NewRecorder makes a Recorder of n shards, at least one.
func NewRecorder(n int) *Recorder {
	r := &Recorder{shards: make([]shard, max(n, 1))}
	for i := range r.shards {
		r.shards[i].h = hdrhistogram.New(1, Longest.Microseconds(), digits)
	}
	return r
}

// Add records durations. Any worker number will do; those that add at the same
// time should have different ones. A negative duration counts as none.
func (r *Recorder) Add(worker int, ds ...time.Duration) {
	s := &r.shards[worker%len(r.shards)]
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range ds {
		s.max = max(s.max, d)
		// In range by construction, so that RecordValue has no error to give.
		_ = s.h.RecordValue(min(max(d, 0), Longest).Microseconds())
	}
}

// Reset forgets what was recorded.
func (r *Recorder) Reset() {
	r.resetting.Lock()
	defer r.resetting.Unlock()
	r.resets++
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		s.h.Reset()
		s.max = 0
		s.mu.Unlock()
	}
}

// Quantiles sums up what was recorded so far. All are zero when nothing was.
func (r *Recorder) Quantiles() Quantiles {
	all, longest := r.merge()
	return quantiles(all, longest)
}

// merge is all shards as one.
func (r *Recorder) merge() (all *hdrhistogram.Histogram, longest time.Duration) {
	all = hdrhistogram.New(1, Longest.Microseconds(), digits)
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		all.Merge(s.h)
		longest = max(longest, s.max)
		s.mu.Unlock()
	}
	return all, longest
}

// stand is merge, and after how many a Reset.
func (r *Recorder) stand() (all *hdrhistogram.Histogram, longest time.Duration, resets int64) {
	r.resetting.Lock()
	defer r.resetting.Unlock()
	all, longest = r.merge()
	return all, longest, r.resets
}

func quantiles(h *hdrhistogram.Histogram, longest time.Duration) Quantiles {
	at := func(q float64) float64 { return ms(value(h, q, longest)) }
	return Quantiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: ms(longest), Count: h.TotalCount()}
}

// value is a percentile; a bucket's upper end may lie above all that is in it.
func value(h *hdrhistogram.Histogram, percentile float64, longest time.Duration) time.Duration {
	return min(time.Duration(h.ValueAtPercentile(percentile))*time.Microsecond, longest)
}

// Count is how many durations were recorded.
func (r *Recorder) Count() (n int64) {
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		n += s.h.TotalCount()
		s.mu.Unlock()
	}
	return n
}

// ms is d in milliseconds with three decimals, which is the precision recorded.
func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
