package report

import (
	"fmt"
	"strconv"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/server/api/text/plural"
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

// digits writes the first digits of a value and its unit, but not a zero.
func digits(v float64, unit string) string {
	if v == 0 {
		return ""
	}
	return measure.Digits(v) + unit
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
	all.add("attaches that waited for their client", some("%d", c.Waited))
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
	rate, window := " attaches/s", plural.Of(c.Window, "attach", "attaches")+" under way"
	if c.Senders > 0 {
		rate, window = " deliveries/s", plural.Of(c.Window, "message")+" under way per sender"
		p.add("senders", strconv.Itoa(c.Senders))
		p.add("receivers of each message", some("%d", c.Receivers))
		p.add("text of a message", c.Payload+" bytes")
	}
	p.add("open loop", digits(c.Rate, rate))
	p.add("arrivals", c.Arrivals)
	if c.Window > 0 {
		p.add("closed loop", window)
	}
	p.add("ramp", digits(c.RampS, " s"))
	p.add("warm-up", digits(c.WarmupS, " s"))
	p.add("duration", digits(c.DurationS, " s"))
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
