package report

import (
	"fmt"
	"strconv"

	"github.com/chatctl/chatctl/loadtest/measure"
)

// pairs are names with values, of which an empty one is left out.
type pairs []pair

type pair struct{ Name, Value string }

func (p *pairs) add(name, value string) {
	if value != "" {
		*p = append(*p, pair{name, value})
	}
}

// some writes a value as format says, but not a zero.
func some[N int | int64 | float64](format string, v N) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf(format, v)
}

// conditionsOf are the conditions in words: what was asked for, where it was
// measured, and what that cost.
func conditionsOf(s measure.Summary) (all pairs) {
	c := s.Conditions
	if c.MeasuredAt != 0 {
		all.add("measured on", c.MeasuredAt.Std().Format("2006-01-02 15:04:05 UTC"))
	}
	all.add("measured for", some("%.1f s", c.MeasuredS))
	all.add("server", c.Server)
	all.add("version of chatctl", c.Version)
	all.asked(c)
	all.add("generator", fmt.Sprintf("%s, %d cores, gomaxprocs %d", c.OS, c.Cores, c.GOMAXPROCS))
	all.add("generator's CPU", fmt.Sprintf("%.2f cores, %.0f %% of what it could have", c.GeneratorCPU, 100*c.GeneratorCPUShare))
	all.add("generator's lag, p99", behind(c.GeneratorLagP99MS))
	all.add("generator's memory a client", size(c.GeneratorPerClient))
	all.add("waiting for disks", some("%.0f %% of the time", 100*c.IOPressure))
	all.add("server's CPU", some("%.2f cores", c.ServerCPU))
	all.add("server's memory", size(c.ServerRSS))
	all.add("server's memory a connection", size(c.ServerRSSPerConnection))
	all.add("kernel's memory a socket", size(c.KernelPerSocket))
	all.add("queues that the server dropped", some("%d", c.Lagging))
	all.add("deliveries that were pulled", some("%d", c.Repaired))
	all.add("why it is not valid", c.Reason)
	all.add("one of the errors", c.FirstError)
	return all
}

func (p *pairs) asked(c measure.Conditions) {
	p.add("clients", some("%d", c.Clients))
	p.add("groups", some("%d", c.Groups))
	p.add("members of each", some("%d", c.Members))
	p.add("conversations of each client", some("%d", c.Conversations))
	rate, window := "%g attaches/s", "%d attaches under way"
	if c.Senders > 0 {
		rate, window = "%g deliveries/s", "%d messages under way per sender"
		p.add("senders", strconv.Itoa(c.Senders))
		p.add("receivers of each message", some("%d", c.Receivers))
		p.add("text of a message", c.Payload+" bytes")
	}
	p.add("open loop", some(rate, c.Rate))
	p.add("arrivals", c.Arrivals)
	p.add("closed loop", some(window, c.Window))
	p.add("ramp", some("%g s", c.RampS))
	p.add("warm-up", some("%g s", c.WarmupS))
	p.add("duration", some("%g s", c.DurationS))
	p.add("count", some("%d", c.Count))
	p.add("seed", strconv.FormatUint(c.Seed, 10))
	p.add("addresses to connect from", some("%d", c.Sources))
}

// size is a number of bytes in words.
func size(bytes int64) string {
	if bytes >= 1<<20 {
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	}
	return some("%.1f KiB", float64(bytes)/(1<<10))
}
