package loadtest

import (
	"cmp"
	"fmt"
	"runtime"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
)

// The generator was the limit when it used nearly all the CPU that it could
// have, or when messages left late by its own fault.
const (
	maxShare = 0.9
	maxLag   = 5 * time.Millisecond // of the 99th percentile
)

// summary sums the test up. The readers have ended.
func (s *test) summary() measure.Summary {
	var all measure.Counts
	sum := measure.Summary{Scenario: string(s.cfg.Scenario), Errors: s.Errors.Load()}
	for _, c := range s.Clients {
		if c.Ledger == nil {
			continue
		}
		all.Add(c.Ledger.Counts())
		for _, snd := range c.Hears {
			for n := range c.Ledger.Missing(snd.Number, snd.Account().Sent) {
				if !snd.WasRefused(n) {
					sum.Lost++
				}
			}
		}
	}
	for _, snd := range s.Senders {
		a := snd.Account()
		sum.Sent += a.Sent
		sum.Errors += a.Sent - a.Answered
		if a.Sent > a.Answered {
			why := fmt.Sprintf("sender %d has no result of %s", snd.Number, plural.Of(a.Sent-a.Answered, "message"))
			s.FirstError.CompareAndSwap(nil, &why)
		}
	}
	sum.Expected, _ = s.Expected()
	sum.Delivered, sum.Duplicated, sum.OutOfOrder = all.Delivered, all.Duplicated, all.OutOfOrder
	sum.Errors += all.Alien
	measured := s.end.At.Sub(s.begin.At).Seconds()
	sum.DeliveriesPerSecond = measure.PerSecond(s.InTime.Load(), measured)
	sum.MessagesPerSecond = measure.PerSecond(s.LeftInTime.Load(), measured)
	sum.LatencyMS, sum.RawMS = s.Latency.Quantiles(), s.Raw.Quantiles()
	sum.ConnectMS, sum.AttachMS = s.Connect.Quantiles(), s.Attach.Quantiles()
	sum.Distribution = measure.Distribution{Latency: s.Latency.Steps(), Raw: s.Raw.Steps(), Connect: s.Connect.Steps()}
	sum.Reconnect = s.back
	if s.cfg.Scenario == Slow {
		sum.Slow = &measure.Slow{Readers: s.cfg.SlowReaders, Lagging: s.SlowLagging.Load(), Closed: s.SlowClosed.Load(), BaselineMS: s.Baseline.Quantiles()}
	}
	sum.Conditions = s.conditions(measured)
	sum.Conditions.Repaired = all.Repaired
	sum.Conditions.Reason = s.limit(sum.Conditions)
	sum.Valid = sum.Conditions.Reason == ""
	return sum
}

func (s *test) conditions(measured float64) measure.Conditions {
	c := measure.Conditions{
		MeasuredAt: api.TimeOf(s.begin.At), Server: s.cfg.Target.URL.Redacted(),
		Version: s.cfg.Version, Clients: s.cfg.Clients, Senders: len(s.Senders), Receivers: int(s.PerMessage),
		Rate: s.cfg.Rate, Window: s.cfg.Window, Payload: s.cfg.Payload.String(), Seed: s.cfg.Seed, Count: s.cfg.Count,
		Conversations: s.cfg.Conversations, Sources: len(s.cfg.Sources), RampS: s.cfg.Ramp.Seconds(),
		DurationS: s.cfg.Duration.Seconds(), WarmupS: s.cfg.Warmup.Seconds(), MeasuredS: measure.Round(measured),
		Cores: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH,
		GeneratorCPU: measure.Round((s.end.Self - s.begin.Self).Seconds() / measured), ServerCPU: measure.Round(max(0, s.end.Server-s.begin.Server).Seconds() / measured), // nothing is known of one that is gone
		GeneratorLagP99MS: s.Lag.Quantiles().P99,
		ServerRSS:         s.end.ServerRSS, ServerRSSPerConnection: s.perConnection, KernelPerSocket: s.perSocket,
		GeneratorPerClient: s.perClient, IOPressure: measure.Round((s.end.IO - s.begin.IO).Seconds() / measured),
		Lagging: s.Lagging.Load(), Waited: s.Waited.Load(),
	}
	c.GeneratorCPUShare = measure.Round(c.GeneratorCPU / machine.Room(c.ServerCPU, s.cfg.Target.SharesCores))
	if s.cfg.Rate > 0 {
		c.Arrivals = string(cmp.Or(s.cfg.Arrivals, plan.Steady))
	}
	if s.cfg.Members > 0 {
		c.Groups, c.Members = s.cfg.Clients/s.cfg.Members, s.cfg.Members
	}
	if s.Accepted.Count() > 0 {
		q := s.Accepted.Quantiles()
		c.AcceptedMS = &q
	}
	if s.Results.Count() > 0 {
		q := s.Results.Quantiles()
		c.ResultMS = &q
	}
	if why := s.FirstError.Load(); why != nil {
		c.FirstError = *why
	}
	return c
}

// limit says why the generator, and not the server, was measured; "" is a valid test.
func (s *test) limit(c measure.Conditions) string {
	if c.GeneratorCPUShare >= maxShare {
		return fmt.Sprintf("the generator used %.0f %% of the CPU that it could have: give it more cores, or ask for less", 100*c.GeneratorCPUShare)
	}
	if lag := time.Duration(c.GeneratorLagP99MS * float64(time.Millisecond)); lag > maxLag {
		return fmt.Sprintf("the generator sent late: 1 in 100 messages left %.1f ms or more after its time; %d ms is the most", c.GeneratorLagP99MS, maxLag.Milliseconds())
	}
	return ""
}
