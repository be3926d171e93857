package swarm

import (
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
)

// shortest is the shortest second that is told of: the last one of a test ends early.
const shortest = 200 * time.Millisecond

// Sampling starts to look at the test once a second. stop ends that and returns
// all that was seen.
func (s *Swarm) Sampling() (stop func() []measure.Point) {
	sam := &sampler{s: s, use: machine.Take(s.PID()),
		latency: measure.NewWindow(s.Latency), baseline: measure.NewWindow(s.Baseline), connect: measure.NewWindow(s.Connect), lag: measure.NewWindow(s.Lag)}
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		sam.run(end)
	}()
	return func() []measure.Point {
		close(end)
		<-done
		return sam.points
	}
}

// sampler turns counters that only grow into points.
type sampler struct {
	s                 *Swarm
	latency, baseline *measure.Window
	connect, lag      *measure.Window
	points            []measure.Point
	at                time.Duration
	use               machine.Use
	left, fresh       int64
	errors, lagging   int64
}

func (sam *sampler) run(end <-chan struct{}) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			sam.look()
		case <-end:
			if sam.s.Clock.Now()-sam.at >= shortest {
				sam.look()
			}
			return
		}
	}
}

// look tells of the time since it last did.
func (sam *sampler) look() {
	s, now, use := sam.s, sam.s.Clock.Now(), machine.Take(sam.s.PID())
	left, fresh, errs, lagging := s.Left.Load(), s.Fresh.Load(), s.Errors.Load(), s.Lagging.Load()+s.SlowLagging.Load()
	past := (now - sam.at).Seconds()
	latency, baseline := sam.latency.Next(), sam.baseline.Next()
	if latency.Count == 0 {
		latency = baseline
	}
	p := measure.Point{
		AtS: measure.Round(now.Seconds()), Phase: *s.phase.Load(), Live: s.Live.Load(),
		MessagesPerSecond: measure.PerSecond(left-sam.left, past), DeliveriesPerSecond: measure.PerSecond(fresh-sam.fresh, past),
		LatencyMS: latency, ConnectMS: sam.connect.Next(), GeneratorLagP99MS: sam.lag.Next().P99,
		Errors: errs - sam.errors, Lagging: lagging - sam.lagging,
	}
	if wall := use.At.Sub(sam.use.At).Seconds(); wall > 0 {
		p.GeneratorCPU = measure.Round((use.Self - sam.use.Self).Seconds() / wall)
		p.ServerCPU = measure.Round(max(0, use.Server-sam.use.Server).Seconds() / wall)
		p.GeneratorCPUShare = measure.Round(p.GeneratorCPU / machine.Room(p.ServerCPU, s.cfg.SharesCores))
	}
	sam.at, sam.use, sam.left, sam.fresh, sam.errors, sam.lagging = now, use, left, fresh, errs, lagging
	sam.points = append(sam.points, p)
	if s.cfg.Watch != nil {
		s.cfg.Watch(p)
	}
}
