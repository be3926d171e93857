package loadtest

import (
	"cmp"
	"fmt"
	"runtime"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
)

// The generator was the limit when it used nearly all the CPU that it could
// have, or when messages left late by its own fault.
const (
	maxShare = 0.9
	maxLag   = 5 * time.Millisecond // of the 99th percentile
)

// summary sums the test up. The readers have ended.
func (s *swarm) summary() measure.Summary {
	var all measure.Counts
	sum := measure.Summary{Scenario: string(s.cfg.Scenario), Errors: s.errors.Load()}
	for _, c := range s.clients {
		if c.ledger == nil {
			continue
		}
		all.Add(c.ledger.Counts())
		for _, snd := range s.sendersTo(c) {
			for n := range c.ledger.Missing(snd.number, snd.sent) {
				if _, refused := snd.refused[n]; !refused {
					sum.Lost++
				}
			}
		}
	}
	for _, snd := range s.senders {
		sum.Sent += snd.sent
		sum.Errors += snd.sent - snd.answered
		if snd.sent > snd.answered {
			why := fmt.Sprintf("%d messages of sender %d have no result", snd.sent-snd.answered, snd.number)
			s.firstError.CompareAndSwap(nil, &why)
		}
	}
	sum.Expected, _ = s.expected()
	sum.Delivered, sum.Duplicated, sum.OutOfOrder = all.Delivered, all.Duplicated, all.OutOfOrder
	sum.Errors += all.Alien
	measured := s.end.At.Sub(s.begin.At).Seconds()
	sum.DeliveriesPerSecond = perSecond(s.inTime.Load(), measured)
	sum.MessagesPerSecond = perSecond(s.leftInTime.Load(), measured)
	sum.LatencyMS, sum.ConnectMS = s.latency.Quantiles(), s.connect.Quantiles()
	sum.Conditions = s.conditions(measured)
	sum.Conditions.Repaired = all.Repaired
	sum.Conditions.Reason = s.limit(sum.Conditions)
	sum.Valid = sum.Conditions.Reason == ""
	return sum
}

func (s *swarm) conditions(measured float64) measure.Conditions {
	c := measure.Conditions{
		Version: s.cfg.Version, Clients: s.cfg.Clients, Senders: len(s.senders), Receivers: s.receivers(),
		Rate: s.cfg.Rate, Window: s.cfg.Window, Payload: s.cfg.Payload,
		DurationS: s.cfg.Duration.Seconds(), WarmupS: s.cfg.Warmup.Seconds(), MeasuredS: round(measured),
		Cores: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH,
		GeneratorCPU: round((s.end.Self - s.begin.Self).Seconds() / measured), ServerCPU: round((s.end.Server - s.begin.Server).Seconds() / measured),
		GeneratorLagP99MS: s.lag.Quantiles().P99,
		ServerRSS:         s.end.ServerRSS, ServerRSSPerConnection: s.perConnection, KernelPerSocket: s.perSocket,
		Lagging: s.lagging.Load(),
	}
	c.GeneratorCPUShare = round(c.GeneratorCPU / s.available(c))
	if s.accepted.Count() > 0 {
		q := s.accepted.Quantiles()
		c.AcceptedMS = &q
	}
	if s.results.Count() > 0 {
		q := s.results.Quantiles()
		c.ResultMS = &q
	}
	if why := s.firstError.Load(); why != nil {
		c.FirstError = *why
	}
	return c
}

// available is how many cores the generator could have used: its own, less what
// a server that runs on the same ones took, but never less than that server took.
func (s *swarm) available(c measure.Conditions) float64 {
	own := float64(machine.Cores())
	if c.ServerCPU == 0 || !s.cfg.Target.SharesCores {
		return own
	}
	return min(own, max(own-c.ServerCPU, c.ServerCPU))
}

// limit says why the generator, and not the server, was measured; "" is a valid test.
func (s *swarm) limit(c measure.Conditions) string {
	if c.GeneratorCPUShare >= maxShare {
		return fmt.Sprintf("the generator used %.0f %% of the CPU that it could have: give it more cores, or ask for less", 100*c.GeneratorCPUShare)
	}
	if lag := time.Duration(c.GeneratorLagP99MS * float64(time.Millisecond)); lag > maxLag {
		return fmt.Sprintf("messages left late by the generator's own fault: %v at the 99th percentile, the bound is %v", lag, maxLag)
	}
	return ""
}

func perSecond(n int64, seconds float64) float64 {
	return round(float64(n) / cmp.Or(seconds, 1))
}

// round keeps three decimals.
func round(v float64) float64 {
	if v != v || v > 1e15 || v < -1e15 {
		return 0
	}
	return float64(int64(v*1000+0.5)) / 1000
}
