package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/report"
	"github.com/chatctl/chatctl/loadtest/throwaway"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) loadtest() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "loadtest",
		Short: "Measure a server with many clients",
		Long: `Play many people against a server and measure what they see.

Without --server (or CHATCTL_SERVER, or a profile by name) a server is started for
the test, as a child process with a data directory of its own, and is gone
afterwards. Against --server you need an account with the grant loadtest:
chatctl admin users grant HANDLE loadtest. The people made for a test stay there.

With --rate the load is an open loop: messages leave when they are due, whether or
not the server keeps up, and latency counts from when a message was due. With
--window it is a closed loop: as fast as the server answers. Its rate says what
the server can do; its latency only how deep the window is.

Receivers count what was lost, came twice, or came out of order. When the
generator itself was the limit, "valid" is false and the exit status 98.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(
		a.loadtestScenario(loadtest.Fanout, "Deliver one group's messages to all its members",
			`One group of --clients people; --senders of them send, and every member receives.
--rate counts deliveries: with 1,000 clients, --rate 20000 is 20 messages a second.
--window is how many messages of each sender are not yet delivered to all.`),
		a.loadtestScenario(loadtest.Direct, "Send durable messages from person to person",
			`Each of --clients people sends to a peer of their own, who is connected too.
"result" is what the sender waits for: the message is stored for ever.
--window is how many messages of each sender have no result yet.`),
		a.loadtestScenario(loadtest.Idle, "Connect and stay: what a connection costs",
			`--clients signed-in people without conversations connect and stay for --duration.
With a server of its own, its resident memory a connection is shown.`),
	)
	return cmd
}

func (a *commands) loadtestScenario(s loadtest.Scenario, short, long string) *cobra.Command {
	cfg := loadtest.Config{Scenario: s, Version: build().Version}
	var data string
	cmd := &cobra.Command{
		Use: string(s), Short: short, Long: long, Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.runLoadtest(cmd.Context(), cfg, data)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&a.Choice.Server, "server", "", "the `URL` of a server to measure (default: one of the test's own)")
	a.ProfileFlag(cmd, "make people with, at --server")
	fl.StringVar(&data, "dir", "", "the `DIR` in which the own server's data lie for the time of the test (default: the user's cache directory)")
	fl.IntVar(&cfg.Clients, "clients", 100, "how many people connect")
	fl.DurationVar(&cfg.Duration, "duration", 10*time.Second, "how long to measure")
	fl.DurationVar(&cfg.Warmup, "warmup", time.Second, "how long to go on before measuring")
	fl.DurationVar(&cfg.Timeout, "timeout", 10*time.Second, "how long to wait for a connection, an answer, and the last deliveries")
	if s == loadtest.Idle {
		return cmd
	}
	fl.Float64Var(&cfg.Rate, "rate", 0, "open loop: deliveries per second, of all senders together")
	fl.IntVar(&cfg.Window, "window", 0, "closed loop: messages under way per sender")
	fl.IntVar(&cfg.Payload, "payload", 128, "bytes of text in a message")
	if s == loadtest.Fanout {
		fl.IntVar(&cfg.Senders, "senders", 1, "how many of the people send")
	}
	return cmd
}

func (a *commands) runLoadtest(ctx context.Context, cfg loadtest.Config, dir string) (err error) {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	if err := cfg.Check(); err != nil {
		return cli.Misused("see chatctl loadtest "+string(cfg.Scenario)+" --help", "%v", err)
	}
	target := a.ownTarget
	if cmp.Or(a.Choice.Server, a.Choice.Profile, a.Env.Getenv("CHATCTL_SERVER"), a.Env.Getenv("CHATCTL_PROFILE")) != "" {
		target = a.remoteTarget
	}
	var stop func() error
	cfg.Target, stop, err = target(ctx, dir, cfg.Timeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	sum, err := loadtest.Run(ctx, cfg)
	if err != nil {
		var down *net.OpError
		if errors.As(err, &down) {
			return &cli.Error{Status: cli.Unreachable, Err: err, Do: "see whether the server is up, and takes so many connections"}
		}
		return err
	}
	if err := p.One(sum, report.Text(sum)); err != nil {
		return err
	}
	if !sum.Valid {
		return &cli.Error{Status: cli.Generator, What: "the load generator was the limit, so the figures say nothing of the server: " + sum.Conditions.Reason}
	}
	return nil
}

// remoteTarget is the server that the user named, where their account has the grant.
func (a *commands) remoteTarget(context.Context, string, time.Duration) (t loadtest.Target, stop func() error, err error) {
	prof, err := a.Env.Account(a.Choice)
	if err != nil {
		return t, nil, err
	}
	c, err := client.New(client.Config{Server: prof.Server, Token: string(prof.Token)})
	if err != nil {
		return t, nil, err
	}
	u, err := url.Parse(prof.Server)
	if err != nil {
		return t, nil, err
	}
	t = loadtest.Target{URL: u, People: func(ctx context.Context, n int) ([]api.Credential, error) { return c.People(ctx, n, "") }}
	return t, func() error { c.Close(); return nil }, nil
}

// ownTarget is a server that lives as long as the test.
func (a *commands) ownTarget(ctx context.Context, dir string, timeout time.Duration) (t loadtest.Target, stop func() error, err error) {
	program, err := os.Executable()
	if err != nil {
		return t, nil, err
	}
	if dir == "" {
		dir = a.scratch()
	}
	srv, err := throwaway.Start(ctx, program, []string{"serve", "--log-level", "warn"}, dir, timeout)
	if err != nil {
		return t, nil, &cli.Error{Status: cli.Unreachable, Err: err, Do: "name a directory on a disk with --dir, or a running server with --server"}
	}
	admin, _, err := a.Owner(srv.Data)
	if err != nil {
		return t, nil, errors.Join(err, srv.Stop())
	}
	t = loadtest.Target{
		URL: srv.URL, PID: srv.PID, SharesCores: true,
		People: func(ctx context.Context, n int) ([]api.Credential, error) { return admin.People(ctx, n, "") },
	}
	return t, func() error { admin.Close(); return srv.Stop() }, nil
}

// scratch is where a server of one test keeps its data: on the disk that people's
// own data lie on, and not in a memory file system, which /tmp often is.
func (a *commands) scratch() string {
	base := a.Env.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) {
		base = filepath.Join(a.Env.Getenv("HOME"), ".cache")
	}
	dir := filepath.Join(base, "chatctl")
	if !filepath.IsAbs(dir) || os.MkdirAll(dir, 0o700) != nil {
		return os.TempDir()
	}
	return dir
}
