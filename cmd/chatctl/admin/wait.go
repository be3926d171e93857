package admin

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) wait() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "wait",
		Short: "Wait for the server",
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.waitReady())
	return cmd
}

// lookAgain is the pause between two looks.
const lookAgain = 200 * time.Millisecond

func (c *commands) waitReady() *cobra.Command {
	var most time.Duration
	cmd := c.DoWithin(0, &cobra.Command{
		Use:   "ready",
		Short: "Wait until the server takes work: it runs, and all its checks pass",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		if most <= 0 {
			return cli.Misused("give a duration such as 30s", "--timeout %v leaves no time", most)
		}
		ctx, cancel := context.WithTimeout(ctx, most)
		defer cancel()
		again := time.NewTicker(lookAgain)
		defer again.Stop()
		var seen adminapi.Standing
		var last error
		for first := true; ; first = false {
			st, err := admin.Health(ctx)
			if first || ctx.Err() == nil { // what the end of the time cut short tells nothing
				seen, last = st, err
			}
			if err == nil && st.Status == "ok" {
				return p.One(st, "ready at "+c.At)
			}
			if err != nil && !errors.Is(err, client.ErrUnreachable) && ctx.Err() == nil {
				return err
			}
			select {
			case <-again.C:
			case <-ctx.Done():
				return notReady(most, seen, last)
			}
		}
	})
	cmd.Flags().DurationVar(&most, "timeout", time.Minute, "how `LONG` to wait")
	return cmd
}

// notReady tells what was seen last.
func notReady(most time.Duration, st adminapi.Standing, err error) error {
	if err != nil {
		return &cli.Error{Status: cli.Unreachable, What: "not ready within " + most.String(), Err: err, Do: "start it: chatctl serve"}
	}
	var failing []string
	for _, check := range st.Checks {
		if !check.OK {
			failing = append(failing, check.Name+": "+check.Error)
		}
	}
	return &cli.Error{Status: cli.Unreachable, What: "not ready within " + most.String() + ": " + st.Status + " " + strings.Join(failing, "; ")}
}
