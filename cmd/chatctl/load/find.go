package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/find"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/report"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/spf13/cobra"
)

func (a *commands) find() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "find",
		Short: "Find the highest load under which a server keeps a demand",
		Long: `Play a scenario again and again: twice as much until a --slo is not kept, then
between that and the last one that was. Every load is tried until most of
--repeats agree. A try is kept when it is valid, without loss, double, disorder
or error, and meets every --slo.

A try is not valid when the generator was the limit. As many of those as
--repeats are tried again before one counts, and a first load that the generator
cannot make is halved, up to five times.

What stood in the way is named, as far as it shows from outside the server. When
that was the generator, the exit status is 98: the server can do more.`,
	}
	cli.Parent(cmd)
	for _, s := range scenarios {
		if s.findable() {
			cmd.AddCommand(a.findIn(s))
		}
	}
	return cmd
}

// findable reports whether the scenario has a load that can be raised.
func (s scenario) findable() bool {
	return s.name == loadtest.Fanout || s.name == loadtest.Rooms || s.name == loadtest.Direct
}

func (a *commands) findIn(s scenario) *cobra.Command {
	cfg := loadtest.Config{Scenario: s.name, Version: a.version}
	var search find.Search
	var where target
	var by string
	var quiet bool
	cmd := &cobra.Command{
		Use: string(s.name), Short: s.short, Long: s.long, Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			untimed(cmd, &cfg)
			return unpiped(cmd.Context(), func(ctx context.Context, end context.CancelCauseFunc) error {
				return a.runFind(ctx, end, cfg, where, search, by, quiet)
			})
		},
	}
	fl := cmd.Flags()
	a.common(cmd, &cfg, &where)
	sendingFlags(fl, &cfg)
	fl.Lookup("rate").Usage = "with --by clients alone: open loop: deliveries per second for each client"
	fl.Lookup("window").Usage = "with --by clients alone: closed loop: messages under way per sender (1 without --rate)"
	if s.name == loadtest.Rooms { // which is raised by its rate alone
		_, _ = fl.MarkHidden("rate"), fl.MarkHidden("window")
	}
	fl.Lookup("duration").DefValue = "5s"
	cfg.Duration = 5 * time.Second
	fl.Var(parsed(measureThresholds(&cfg.Thresholds)), "slo", "a `DEMAND` to keep, such as p99<100ms, repeatable")
	fl.StringVar(&by, "by", "rate", "what is raised: rate, or clients at the same --rate a client")
	fl.Float64Var(&search.From, "from", 1000, "the first load")
	fl.Float64Var(&search.To, "to", 10_000_000, "the highest load")
	fl.Float64Var(&search.Within, "within", 0.1, "how close to the first load that fails")
	fl.IntVar(&search.Repeats, "repeats", 3, "tries of a load, of which most decide")
	fl.BoolVarP(&quiet, "quiet", "q", false, "show nothing while it runs")
	return cmd
}

func (a *commands) runFind(ctx context.Context, end context.CancelCauseFunc, cfg loadtest.Config, where target, search find.Search, by string, quiet bool) (err error) {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	configure, err := raised(cfg, by)
	if err == nil {
		err = measured(cfg)
	}
	if err == nil {
		search.Whole = by == "clients"
		search.Possible = func(load float64) error { return configure(load).Check() }
		err = search.Check()
	}
	if err == nil && len(cfg.Thresholds) == 0 {
		err = errors.New("--slo is missing: what is to be kept?")
	}
	if err != nil {
		return cli.Misused("see chatctl loadtest find "+string(cfg.Scenario)+" --help", "%v", err)
	}
	t, srv, err := a.target(ctx, where, cfg.Timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	search.Try = func(ctx context.Context, load float64) (measure.Summary, error) {
		c := configure(load)
		c.Target = t
		show, clear := a.watch(fmt.Sprintf("%s at %s %s", c.Scenario, measure.Digits(load), units[by]), quiet || !cli.Terminal(a.Env.Stderr), end)
		c.Watch = show
		defer clear()
		return loadtest.Run(ctx, c)
	}
	if !quiet {
		head := report.TryHead(units[by]) + "\n"
		search.Told = func(t find.Attempt) {
			a.say(end, head+report.Wrap(attemptLine(t), width(a.Env.Stderr)))
			head = ""
		}
	}
	var answer find.Answer
	err = srv.during(ctx, func(ctx context.Context) (err error) {
		answer, err = search.Run(ctx)
		return err
	})
	failed := failure(err)
	if failed != nil && (!answer.Interrupted || len(answer.Attempts) == 0) {
		return failed
	}
	if err := p.One(answer, a.table(answerText(answer, by))); err != nil {
		return both(err, failed)
	}
	if failed != nil {
		return failed
	}
	return findVerdict(answer, units[by])
}

// measured says which demand is about something that is not measured.
func measured(cfg loadtest.Config) error {
	for _, t := range cfg.Thresholds {
		if !cfg.Scenario.Measures(t.Metric()) {
			return fmt.Errorf("--slo %s: %s does not measure %q", t, cfg.Scenario, t.Metric())
		}
	}
	return nil
}

// raised makes a test of a load.
func raised(cfg loadtest.Config, by string) (func(load float64) loadtest.Config, error) {
	switch by {
	case "rate":
		if cfg.Rate != 0 || cfg.Window != 0 {
			return nil, errors.New("--rate and --window: the rate is what is looked for")
		}
		return func(load float64) loadtest.Config { c := cfg; c.Rate = load; return c }, nil
	case "clients":
		if cfg.Scenario == loadtest.Rooms {
			return nil, errors.New("--by clients: only with fanout and direct")
		}
		return func(load float64) loadtest.Config {
			c := cfg
			c.Clients = int(load)
			c.Rate = cfg.Rate * load
			return c
		}, nil
	}
	return nil, fmt.Errorf("--by %q: rate or clients", by)
}

func attemptLine(t find.Attempt) string {
	said := "not kept: " + t.Why
	switch {
	case t.Kept:
		said = "kept"
	case t.Again:
		said = "again: " + t.Why
	}
	return report.Try(t.Load, t.Summary.LatencyMS, said)
}

// units are those of a load, by what is raised.
var units = map[string]string{"rate": "deliveries/s", "clients": "clients"}

func answerText(a find.Answer, by string) string {
	unit := units[by]
	var lines []string
	if a.Interrupted {
		lines = append(lines, fmt.Sprintf("%-13s after %s; what was found until then:", "interrupted", plural.Of(len(a.Attempts), "try", "tries")))
	}
	highest := "none was kept"
	switch {
	case a.Highest > 0:
		highest = measure.Digits(a.Highest) + " " + unit
	case a.Interrupted && a.Failed == 0:
		highest = "not known yet"
	}
	lines = append(lines, fmt.Sprintf("%-13s %s", "highest", highest))
	if a.Failed > 0 {
		lines = append(lines, fmt.Sprintf("%-13s %s %s", "not kept", measure.Digits(a.Failed), unit))
	}
	if a.Highest > 0 || a.Failed > 0 {
		lines = append(lines, fmt.Sprintf("%-13s %s", "limit", a.Limit))
	}
	if a.AtHighest != nil {
		lines = append(lines, "at the highest:", report.Text(*a.AtHighest))
	}
	return strings.Join(lines, "\n")
}

func findVerdict(a find.Answer, unit string) error {
	switch {
	case a.Invalid && a.Highest == 0:
		return &cli.Error{Status: cli.Generator, What: fmt.Sprintf("nothing is known of the server, since this machine could not generate %s %s in time", measure.Digits(a.Failed), unit), Do: "end what else it runs, or start lower with --from"}
	case a.Invalid:
		return &cli.Error{Status: cli.Generator, What: fmt.Sprintf("the server can do more than %s %s, but this machine could not generate %s in time", measure.Digits(a.Highest), unit, measure.Digits(a.Failed)), Do: "end what else it runs, or let another machine generate: --server"}
	case a.Highest == 0:
		return &cli.Error{Status: cli.Threshold, What: "not even the first load was kept", Do: "start lower with --from, or ask for less with --slo"}
	}
	return nil
}
