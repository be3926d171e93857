package load

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flags are the flags of one scenario: only those that it heeds.
func (a *commands) flags(cmd *cobra.Command, cfg *loadtest.Config, where *target) {
	fl := cmd.Flags()
	a.common(cmd, cfg, where)
	fl.Var(parsed(measureThresholds(&cfg.Thresholds)), "threshold", "a `DEMAND` such as latency.p99<100ms or lost==0, repeatable; exit status 99 when it is not met")
	switch cfg.Scenario {
	case loadtest.Fanout, loadtest.Rooms, loadtest.Slow, loadtest.Direct:
		sendingFlags(fl, cfg)
	case loadtest.Connect:
		fl.Float64Var(&cfg.Rate, "rate", 0, "open loop: attaches per second")
		fl.IntVar(&cfg.Window, "window", 0, "closed loop: attaches at the same time (1 without --rate)")
		fl.Int64Var(&cfg.Count, "count", 0, "how many attaches (default: one of each client)")
		fl.DurationVar(&cfg.Ramp, "ramp", 0, "how long the rate grows from nothing")
		arrivalsFlag(fl, cfg)
	case loadtest.Reconnect:
		fl.StringVar((*string)(&cfg.Drop), "drop", string(loadtest.ByClients), "who ends the connections: clients or server")
		fl.DurationVar(&cfg.Duration, "duration", 2*time.Minute, "how long they have to come back")
		fl.DurationVar(&cfg.Warmup, "warmup", time.Second, "how long they stay before that")
	case loadtest.Idle:
		fl.DurationVar(&cfg.Duration, "duration", 10*time.Second, "how long to measure")
		fl.DurationVar(&cfg.Warmup, "warmup", time.Second, "how long to go on before measuring")
	}
	if cfg.Scenario == loadtest.Connect || cfg.Scenario == loadtest.Reconnect {
		fl.IntVar(&cfg.Conversations, "conversations", 0, "how many conversations each client has")
	}
}

func (a *commands) common(cmd *cobra.Command, cfg *loadtest.Config, where *target) {
	fl := cmd.Flags()
	fl.StringVar(&a.Choice.Server, "server", "", "the `URL` of a server to measure (default: one of the test's own)")
	a.ProfileFlag(cmd, "make people with, at --server")
	fl.StringVar(&where.dir, "dir", "", "the `DIR` in which the own server's data lie for the time of the test (default: the user's cache directory)")
	fl.BoolVar(&where.keep, "keep", false, "do not erase the people afterwards, at --server")
	fl.IntVar(&cfg.Clients, "clients", 100, "how many people connect")
	fl.DurationVar(&cfg.Timeout, "timeout", 10*time.Second, "how long to wait for a connection, an answer, and the last deliveries")
	fl.Var(parsed(addresses(&cfg.Sources)), "source", "an `ADDRESS` of this machine to connect from, or FIRST-LAST, repeatable (default: the system's choice; to a loopback address, one more for each 20,000 clients)")
	fl.Uint64Var(&cfg.Seed, "seed", 1, "of all that is left to chance")
}

func sendingFlags(fl *pflag.FlagSet, cfg *loadtest.Config) {
	fl.Float64Var(&cfg.Rate, "rate", 0, "open loop: deliveries per second, of all senders together")
	fl.IntVar(&cfg.Window, "window", 0, "closed loop: messages under way per sender (1 without --rate)")
	arrivalsFlag(fl, cfg)
	_ = parsePayload(cfg)("128") // a size as it should be
	fl.Var(parsed(parsePayload(cfg)).showing("128"), "payload", "`BYTES` of text in a message; a range 64-1024; several with weights: 128x9,1024-4096x1")
	fl.DurationVar(&cfg.Duration, "duration", 10*time.Second, "how long to measure; slow: each half")
	fl.Int64Var(&cfg.Count, "count", 0, "measure so many messages; with --duration, until what comes first")
	fl.DurationVar(&cfg.Warmup, "warmup", time.Second, "how long to go on before measuring")
	fl.DurationVar(&cfg.Ramp, "ramp", 0, "how long the load grows from nothing, before that")
	if cfg.Scenario != loadtest.Direct {
		fl.IntVar(&cfg.Senders, "senders", 1, "how many people of a group send")
	}
	if cfg.Scenario == loadtest.Rooms {
		fl.IntVar(&cfg.Members, "members", 10, "how many people are in each group")
	}
	if cfg.Scenario == loadtest.Slow {
		fl.IntVar(&cfg.SlowReaders, "slow", 1, "how many of the people stop reading")
	}
}

// untimed takes the time from a test that is to end by --count, unless it was asked for.
func untimed(cmd *cobra.Command, cfg *loadtest.Config) {
	if cfg.Count > 0 && !cmd.Flags().Changed("duration") && cfg.Scenario != loadtest.Slow {
		cfg.Duration = 0
	}
}

func arrivalsFlag(fl *pflag.FlagSet, cfg *loadtest.Config) {
	set := func(s string) (err error) { cfg.Arrivals, err = plan.ParseArrivals(s); return err }
	fl.Var(parsed(set).showing(string(plan.Steady)), "arrivals", "how an open loop's messages follow each other: `steady` or poisson")
}

func parsePayload(cfg *loadtest.Config) func(string) error {
	return func(s string) (err error) { cfg.Payload, err = plan.ParseSizes(s); return err }
}

func measureThresholds(all *[]measure.Threshold) func(string) error {
	return func(s string) error {
		t, err := measure.ParseThreshold(s)
		*all = append(*all, t)
		return err
	}
}

// mostSources is how many addresses a range may have.
const mostSources = 1024

func addresses(all *[]netip.Addr) func(string) error {
	return func(s string) error {
		first, last, isRange := strings.Cut(s, "-")
		from, err := netip.ParseAddr(first)
		to := from
		if err == nil && isRange {
			to, err = netip.ParseAddr(last)
		}
		if err != nil {
			return err
		}
		for n := 0; from.Compare(to) <= 0 && n < mostSources; n++ {
			*all = append(*all, from)
			if from == to {
				return nil
			}
			from = from.Next()
		}
		return fmt.Errorf("%q is no range of at most %d addresses", s, mostSources)
	}
}

// value is a flag that a function reads.
type value struct {
	set  func(string) error
	text string
}

func parsed(set func(string) error) *value { return &value{set: set} }

func (v *value) showing(text string) *value { v.text = text; return v }

func (v *value) Set(s string) error {
	v.text = s
	return v.set(s)
}

func (v *value) String() string { return v.text }
func (v *value) Type() string   { return "string" }
