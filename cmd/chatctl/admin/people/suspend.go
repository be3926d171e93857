package people

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) usersSuspend() *cobra.Command {
	var g desk.Guard
	var reason, end string
	cmd := c.Do(&cobra.Command{
		Use:   "suspend HANDLE",
		Short: "Take an account's rights away: its sessions end at once",
		Long: `Take an account's rights away, for good or with --until for a time: it ends by
itself then, also when the server was down at that moment. Suspending again
gives it the end that this command names, or none.`,
		Example: "  chatctl admin users suspend bob --until 7d --reason 'sold hats'",
		Args:    cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		h, err := cli.Handle(args[0])
		if err != nil {
			return err
		}
		if err := oneLine("--reason", reason); err != nil {
			return err
		}
		until, err := moment(end, time.Now())
		if err != nil {
			return err
		}
		user, err := admin.User(ctx, h)
		if err != nil {
			return err
		}
		what := "suspend " + line(user)
		if until != 0 {
			what += ", until " + until.String()
		}
		if ok, err := c.Pass(ctx, p, &g, what); !ok {
			return err
		}
		if user, err = admin.Suspend(ctx, h, reason, until); err != nil {
			return err
		}
		return p.Done(user, line(user))
	})
	cmd.Flags().StringVar(&reason, "reason", "", "`WHY`, for the audit")
	cmd.Flags().StringVar(&end, "until", "", "when it ends: a `TIME` (2026-12-24, '2026-12-24 18:00', RFC 3339) or a duration (36h, 7d)")
	return g.Flags(cmd)
}

// layouts are how moments are written here, in local time where none is named.
var layouts = []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly}

// moment reads a time, or a duration from now; 0 for "".
func moment(s string, now time.Time) (api.Time, error) {
	if s == "" {
		return 0, nil
	}
	at, ok := after(s, now)
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			at, ok = t, true
		}
	}
	if !ok || !at.After(now) {
		return 0, cli.Misused("such as 2026-12-24, '2026-12-24 18:00' or 7d", "--until %q is no time that is still to come", s)
	}
	return api.TimeOf(at), nil
}

// after is now and a duration, which may also be a number of days. They are of
// the calendar: a week from now is at the same hour.
func after(s string, now time.Time) (time.Time, bool) {
	if days, found := strings.CutSuffix(s, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16)
		return now.AddDate(0, 0, int(n)), err == nil
	}
	d, err := time.ParseDuration(s)
	return now.Add(d), err == nil
}
