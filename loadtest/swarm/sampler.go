package swarm

import (
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
)

// shortest is the shortest second that stands alone: the last one of a test ends
// early, and rates of next to no time tell nothing.
const shortest = 200 * time.Millisecond

// Sampling starts to look at the test once a second. stop ends that and returns
// all that was seen, up to its call.
func (s *Swarm) Sampling() (stop func() []measure.Point) {
	sam := &sampler{s: s, last: reading{use: machine.Take(s.PID()),
		latency: *measure.NewWindow(s.Latency), baseline: *measure.NewWindow(s.Baseline), connect: *measure.NewWindow(s.Connect), lag: *measure.NewWindow(s.Lag)}}
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
	s            *Swarm
	before, last reading // where the last point begins, and where it ends
	points       []measure.Point
}

// reading is how all counters stood at a moment.
type reading struct {
	at                time.Duration
	use               machine.Use
	latency, baseline measure.Window
	connect, lag      measure.Window
	left, fresh       int64
	errors, lagging   int64
}

func (sam *sampler) run(end <-chan struct{}) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			sam.tell()
		case <-end:
			sam.finish()
			return
		}
	}
}

// tell adds a point of the time since the last one.
func (sam *sampler) tell() {
	p, now := sam.look(sam.last)
	sam.before, sam.last = sam.last, now
	sam.points = append(sam.points, p)
	if sam.s.cfg.Watch != nil {
		sam.s.cfg.Watch(p)
	}
}

// finish adds what came since the last point; a short rest becomes a part of that.
func (sam *sampler) finish() {
	n := len(sam.points)
	if n == 0 || sam.s.Clock.Now()-sam.last.at >= shortest {
		sam.tell()
		return
	}
	p, _ := sam.look(sam.before)
	p.Phase = sam.points[n-1].Phase // that of most of it
	sam.points[n-1] = p
}

// look sums up what came since a reading.
func (sam *sampler) look(since reading) (measure.Point, reading) {
	s, now := sam.s, since
	now.at, now.use = s.Clock.Now(), machine.Take(s.PID())
	now.left, now.fresh, now.errors, now.lagging = s.Left.Load(), s.Fresh.Load(), s.Errors.Load(), s.Lagging.Load()+s.SlowLagging.Load()
	past := (now.at - since.at).Seconds()
	latency, baseline := now.latency.Next(), now.baseline.Next()
	if latency.Count == 0 {
		latency = baseline
	}
	p := measure.Point{
		AtS: measure.Round(now.at.Seconds()), Phase: *s.phase.Load(), Live: s.Live.Load(),
		MessagesPerSecond: measure.PerSecond(now.left-since.left, past), DeliveriesPerSecond: measure.PerSecond(now.fresh-since.fresh, past),
		LatencyMS: latency, ConnectMS: now.connect.Next(), GeneratorLagP99MS: now.lag.Next().P99,
		Errors: now.errors - since.errors, Lagging: now.lagging - since.lagging,
	}
	if wall := now.use.At.Sub(since.use.At).Seconds(); wall > 0 {
		p.GeneratorCPU = measure.Round((now.use.Self - since.use.Self).Seconds() / wall)
		p.ServerCPU = measure.Round(max(0, now.use.Server-since.use.Server).Seconds() / wall)
		p.GeneratorCPUShare = measure.Round(p.GeneratorCPU / machine.Room(p.ServerCPU, s.cfg.SharesCores))
	}
	return p, now
}
