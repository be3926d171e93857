package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/app"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/loadtest/verify"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/spf13/cobra"
)

// Verify is the command that holds a server to the table of promises.
func Verify(a *app.App) *cobra.Command {
	c := commands{App: a}
	cfg := verify.Config{}
	var where target
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Hold a server to its promises",
		Long: `Let people talk, edit, leave, block, revoke and erase on a server while their
connections break, and hold all they saw against the promises in the README.

Without --server (or CHATCTL_SERVER, or a profile by name) a server is started
on this machine's disk, killed without warning (kill -9) again and again and
started anew on the same data, while an administrator suspends people and purges
groups; nothing is left of it. A server of somebody else's is neither killed nor
administered; there you need an account with the grant loadtest. What finds the
people whom a killed run leaves there is
chatctl admin users list --state active -q load-.

"tried" is how often a promise was put to the test, "broken" how often it did
not hold. The exit status is 0 when all were kept, 1 when one was broken.`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, name := range []string{"kill-every", "dir"} {
				if c.named() && cmd.Flags().Changed(name) {
					return cli.Misused("see chatctl verify --help", "--%s: only with a server of the run's own, which no --server, profile or variable names", name)
				}
			}
			return unpiped(cmd.Context(), func(ctx context.Context, _ context.CancelCauseFunc) error { return c.verify(ctx, cfg, where) })
		},
	}
	cmd.Flags().StringVar(&a.Choice.Server, "server", "", "the `URL` of a server to hold (default: one of the run's own)")
	c.ProfileFlag(cmd, "make people with, at --server")
	fl := cmd.Flags()
	fl.StringVar(&where.dir, "dir", "", "the `DIR` in which the own server's data lie for the time of the run (default: the user's cache directory)")
	fl.DurationVar(&cfg.Duration, "duration", 15*time.Second, "how long people talk")
	fl.DurationVar(&cfg.Every, "kill-every", 2*time.Second, "about how long from one kill to the next")
	fl.DurationVar(&cfg.Patience, "patience", 30*time.Second, "how long to wait for what is still to come")
	fl.IntVar(&cfg.People, "people", 20, "how many people talk")
	fl.IntVar(&cfg.Groups, "groups", 4, "how many groups they are in")
	fl.Uint64Var(&cfg.Seed, "seed", 0, "who does what; 0: another each time, which is told")
	return cmd
}

func (a *commands) verify(ctx context.Context, cfg verify.Config, where target) (err error) {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	if err := cfg.Check(); err != nil {
		return cli.Misused("see chatctl verify --help", "%v", err)
	}
	if cfg.Seed == 0 {
		cfg.Seed = uint64(rand.Uint32()) + 1
	}
	t, srv, err := a.verifyTarget(ctx, where, cfg.Patience)
	if err != nil {
		return err
	}
	defer func() { err = both(err, srv.stop()) }()
	cfg.Target = t
	var r verify.Report
	err = srv.during(ctx, func(ctx context.Context) (err error) {
		r, err = verify.Run(ctx, cfg)
		return err
	})
	if err != nil {
		return err
	}
	if err := p.One(r, verdicts(r)); err != nil {
		return err
	}
	if !r.Kept {
		return &cli.Error{Status: cli.Refused, What: "promises were broken", Do: fmt.Sprintf("run it again with --seed %d, and report what it says", r.Seed)}
	}
	return nil
}

// verifyTarget is the server that the user named, or one of the run's own, which
// is killed. Its stop leaves nothing of the people or of it.
func (a *commands) verifyTarget(ctx context.Context, where target, patience time.Duration) (t verify.Target, srv server, err error) {
	if !a.named() {
		own, err := a.startOwn(ctx, where, max(patience, starting))
		if err != nil {
			return t, srv, err
		}
		t = verify.Target{URL: own.URL.String(), People: own.office.People, Office: own.office, Kill: func(ctx context.Context) error { return own.Crash(ctx, patience) }}
		return t, server{own.during, own.stop}, nil
	}
	there, srv, err := a.remoteTarget(where)
	if err != nil {
		return t, srv, err
	}
	var made []api.Credential
	t = verify.Target{URL: there.URL.String(), People: func(ctx context.Context, n int) (all []api.Credential, err error) {
		made, err = there.People(ctx, n)
		return made, err
	}}
	disconnect := srv.stop
	srv.stop = func() error { return errors.Join(failure(there.Clear(ctx, made)), disconnect()) }
	return t, srv, nil
}

// verdicts is the report for people.
func verdicts(r verify.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s did %s in %.0f s and cut %s", plural.Of(r.People, "person", "people"), plural.Of(r.Asked, "thing"), r.Seconds, plural.Of(r.Drops, "connection"))
	if r.Kills > 0 {
		b.WriteString("; the server was killed " + plural.Of(r.Kills, "time"))
	}
	fmt.Fprintf(&b, " (seed %d)\n%-10s %7s %7s  %s\n", r.Seed, "PROMISE", "TRIED", "BROKEN", "IT SAYS")
	for _, v := range r.Promises {
		fmt.Fprintf(&b, "%-10s %7d %7d  %s\n", v.Promise, v.Tried, v.Broken, v.Says)
		for _, how := range v.How[:min(len(v.How), 5)] {
			fmt.Fprintf(&b, "           broken: %s\n", how)
		}
	}
	for _, what := range r.Trouble {
		fmt.Fprintf(&b, "trouble: %s\n", what)
	}
	if r.Kept {
		b.WriteString("all kept")
	} else {
		b.WriteString("NOT all kept")
	}
	return b.String()
}
