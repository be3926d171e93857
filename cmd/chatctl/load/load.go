// Package load is the command loadtest and what lies below it: it reads flags,
// finds or starts the server, shows the run, and turns its outcome into files,
// lines and an exit status. What is played and measured is loadtest's matter.
package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/report"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/spf13/cobra"
)

// commands is what they are built from.
type commands struct {
	*app.App
	version string
}

// Command is loadtest, of this version of the program.
func Command(shared *app.App, version string) *cobra.Command {
	a := &commands{shared, version}
	cmd := &cobra.Command{
		Use:   "loadtest",
		Short: "Measure a server with many clients",
		Long: `Play many people against a server and measure what they see.

Without --server (or CHATCTL_SERVER, or a profile by name) a server is started
for the test, as a child process with a data directory of its own, and is gone
afterwards. Against --server you need an account with the grant loadtest:
chatctl admin users grant HANDLE loadtest. The people made for a test are erased
after it, unless --keep says otherwise; what a killed test leaves there, these
take away: chatctl admin users list --state active -q load- finds the people,
and chatctl admin users delete HANDLE --yes erases one.

With --rate the load is an open loop: messages leave when they are due, whether
or not the server keeps up, and latency counts from when a message was due.
"raw" is the same from when it did leave, which is what a generator without a
schedule would report. With --window, or neither, it is a closed loop: as fast
as the server answers. Its rate says what the server can do; its latency only
how deep the window is.

Receivers count what was lost, came twice, or came out of order. When the
generator itself was the limit, "valid" is false and the exit status 98; when a
--threshold is crossed it is 99. Ctrl-C ends a test with the figures of what it
has measured, and removes its people; a second one ends it at once.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(a.find())
	for _, s := range scenarios {
		cmd.AddCommand(a.scenario(s))
	}
	return cmd
}

// scenario is a scenario as a command.
type scenario struct {
	name        loadtest.Scenario
	short, long string
}

var scenarios = []scenario{
	{loadtest.Fanout, "Deliver one group's messages to all its members",
		`One group of --clients people; --senders of them send, every member receives.
--rate counts deliveries: with 1,000 clients, --rate 20000 is 20 messages a
second. --window is how many messages of each sender are not yet delivered to
all.`},
	{loadtest.Rooms, "Deliver the messages of many groups",
		`Groups of --members people each, --clients in all; --senders of every group
send. --rate counts the deliveries of all groups together.`},
	{loadtest.Slow, "See whether slow readers disturb the others",
		`A fan-out. In its second half --slow of the members do not read. The latency of
the others is told before and after; "slowdown" is by how much its p99 grew. It
ends with the slow ones reading again, or closed by the server.`},
	{loadtest.Direct, "Send durable messages from person to person",
		`Each of --clients people sends to a peer of their own, who is connected too.
"result" is what the sender waits for: the message is stored for ever.
--window is how many messages of each sender have no result yet.`},
	{loadtest.Idle, "Connect and stay: what a connection costs",
		`--clients signed-in people without conversations connect and stay for
--duration. With a server of its own, its resident memory a connection is shown,
and the generator's own a client.`},
	{loadtest.Connect, "Connect: how long until a client is live",
		`--clients people connect, --rate a second or --window at the same time, until
--count have; who comes again leaves first. With --conversations each has so
many. "attach" is the part in which the server tells where those stand.`},
	{loadtest.Reconnect, "Everybody drops and comes back: seconds until calm",
		`--clients people lose their connections at once: by themselves, as when a
network fails, or because the server drains and starts again (--drop server; one
of the test's own). Each comes back by the rules for clients: after 0-1 s, or
when the server said, then later and later with full jitter. "calm" is when all
are live.`},
}

func (a *commands) scenario(s scenario) *cobra.Command {
	cfg := loadtest.Config{Scenario: s.name, Version: a.version}
	var out output
	var where target
	cmd := &cobra.Command{
		Use: string(s.name), Short: s.short, Long: s.long, Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			untimed(cmd, &cfg)
			return unpiped(cmd.Context(), func(ctx context.Context, end context.CancelCauseFunc) error {
				return a.run(ctx, end, cfg, where, out)
			})
		},
	}
	a.flags(cmd, &cfg, &where)
	out.flags(cmd)
	for name, words := range map[string][]string{
		"drop":     {string(loadtest.ByClients), string(loadtest.ByServer)},
		"arrivals": {string(plan.Steady), string(plan.Poisson)},
	} {
		if cmd.Flags().Lookup(name) != nil {
			complete.Flag(cmd, name, complete.Words(words...))
		}
	}
	return cmd
}

func (a *commands) run(ctx context.Context, end context.CancelCauseFunc, cfg loadtest.Config, where target, out output) (err error) {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	if err := misused(cfg); err != nil {
		return err
	}
	files, err := out.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.close()) }()
	t, srv, err := a.target(ctx, where, cfg.Timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	cfg.Target = t
	if err := misused(cfg); err != nil { // not everything can be asked of any server
		return err
	}
	shown, clear := a.watch(string(cfg.Scenario), out.quiet, end)
	cfg.Watch = shown
	var sum measure.Summary
	err = srv.during(ctx, func(ctx context.Context) (err error) {
		sum, err = loadtest.Run(ctx, cfg)
		return err
	})
	clear()
	if sum.Scenario == "" {
		return failure(err)
	}
	left := failure(err) // there are figures all the same
	if err := errors.Join(files.write(sum), p.One(sum, a.table(report.Text(sum)))); err != nil {
		return both(err, left)
	}
	if sum.Interrupted {
		return left
	}
	return both(verdict(sum), left)
}

// misused tells what is wrong with a test before it is run.
func misused(cfg loadtest.Config) error {
	if err := cfg.Check(); err != nil {
		return cli.Misused("see chatctl loadtest "+string(cfg.Scenario)+" --help", "%v", err)
	}
	return nil
}

// failure says what to do about a test that did not come to its end, or did not clear up.
func failure(err error) error {
	var down *net.OpError
	if errors.Is(err, loadtest.ErrLeft) {
		return &cli.Error{Err: err, Do: "once the server is there again, chatctl admin users list -q load- finds them, and chatctl admin users delete erases them"}
	}
	if errors.As(err, &down) {
		return &cli.Error{Status: cli.Unreachable, Err: err, Do: "see whether the server is up, and takes so many connections"}
	}
	return err
}

// both is two failures with the status of the first, and what to do about each.
func both(first, second error) error {
	if first == nil || second == nil {
		return errors.Join(first, second)
	}
	var do []string
	for _, err := range []error{first, second} {
		var own *cli.Error
		if errors.As(err, &own) && own.Do != "" {
			do = append(do, own.Do)
		}
	}
	return &cli.Error{Status: cli.Status(first), Err: errors.Join(first, second), Do: strings.Join(do, "; ")}
}

// verdict turns a summary into the exit status that scripts wait for.
func verdict(sum measure.Summary) error {
	if !sum.Valid {
		what := "the load generator was the limit, so the figures say nothing of the server: " + sum.Conditions.Reason
		if sum.Errors > 0 {
			what += fmt.Sprintf("; besides, it met %s: %s", plural.Of(sum.Errors, "error"), sum.Conditions.FirstError)
		}
		return &cli.Error{Status: cli.Generator, What: what,
			Do: "end what else this machine runs, ask for less, or let another machine generate: --server"}
	}
	var crossed []string
	for _, v := range sum.Thresholds {
		if !v.Met {
			crossed = append(crossed, fmt.Sprintf("%s (%s)", v.Threshold, v.Found()))
		}
	}
	if crossed != nil {
		return &cli.Error{Status: cli.Threshold, What: "crossed: " + strings.Join(crossed, ", ")}
	}
	return nil
}
