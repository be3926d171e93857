package measure

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Steps is the distribution of what was recorded so far: three steps for each
// halving of what lies above, and the maximum.
func (r *Recorder) Steps() []Step {
	h, longest := r.merge()
	n := h.TotalCount()
	if n == 0 {
		return nil
	}
	steps := []Step{{0, ms(min(time.Duration(h.Min())*time.Microsecond, longest))}}
	for k := 1; ; k++ {
		above := math.Pow(2, -float64(k)/3)
		if above*float64(n) < 1 {
			return append(steps, Step{100, ms(longest)})
		}
		p := 100 * (1 - above)
		steps = append(steps, Step{math.Round(p*1e5) / 1e5, ms(value(h, p, longest))})
	}
}

// Window looks at a Recorder a while at a time. A copy looks on from where the
// Window was when it was copied.
type Window struct {
	of     *Recorder
	last   []int64
	resets int64 // of the Recorder, before last
}

// NewWindow begins with what of has recorded so far.
func NewWindow(of *Recorder) *Window {
	h, _, resets := of.stand()
	return &Window{of, h.Export().Counts, resets}
}

// Next sums up what was recorded since the last call, or since a Reset after
// that. Its maximum is as exact as its quantiles.
func (w *Window) Next() Quantiles {
	h, longest, resets := w.of.stand()
	s := h.Export()
	now := append([]int64(nil), s.Counts...)
	if resets == w.resets {
		for i := range s.Counts {
			s.Counts[i] -= w.last[i]
		}
	}
	w.last, w.resets = now, resets
	since := hdrhistogram.Import(s)
	return quantiles(since, min(time.Duration(since.Max())*time.Microsecond, longest))
}
