package admin

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) connections() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connections",
		Short: "See open streams, which are slow and why, and end one",
		Long: `See the streams that are open at the gateway that answers, how much waits for
each, and why one is slow. A number names a stream as long as it is open.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.connectionsList(), c.connectionsShow(), c.connectionsKick())
	return cmd
}

func (c *commands) connectionsList() *cobra.Command {
	var slow bool
	columns := []string{"=CONNECTION", "HANDLE", "STATE", "QUEUE", "SILENT", "ROOMS", "SLOW", "+BYTES", "+TRANSPORT", "+ADDRESS", "+OPENED", "+SESSION", "+GATEWAY"}
	cmd := c.DoWithin(0, c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List the open streams",
		Args:  cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		rows := cli.NewRows(p, columns, func(r api.Connection) []string {
			return []string{fmt.Sprint(r.Connection), r.Handle, standingOf(r), fmt.Sprint(r.Frames), silence(r), fmt.Sprint(r.Rooms), r.Slow,
				fmt.Sprint(r.Bytes), string(r.Transport), r.Address, r.Opened.String(), r.Session.String(), r.Gateway.String()}
		})
		for after := int64(0); ; {
			page, err := admin.Connections(ctx, after)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				return rows.End()
			}
			after = page[len(page)-1].Connection
			if slow {
				page = slowOnly(page)
			}
			if err := rows.Add(page); err != nil {
				return err
			}
		}
	})
	cmd.Flags().BoolVar(&slow, "slow", false, "only those that are slow")
	return cmd
}

func slowOnly(page []api.Connection) (slow []api.Connection) {
	for _, r := range page {
		if r.Slow != "" {
			slow = append(slow, r)
		}
	}
	return slow
}

func standingOf(r api.Connection) string {
	switch {
	case r.Lagging:
		return "lagging"
	case r.Live:
		return "live"
	case r.Handle == "":
		return "stranger"
	}
	return "attaching"
}

func queued(r api.Connection) string {
	if r.Frames == 0 {
		return "nothing waits"
	}
	return plural.Of(r.Frames, "frame") + " of " + plural.Of(r.Bytes, "byte") + " wait"
}

func silence(r api.Connection) string {
	return (time.Duration(r.SilentMS) * time.Millisecond).Round(time.Second).String()
}

func (c *commands) connectionsShow() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "show CONNECTION",
		Short: "Show how a stream stands",
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := connection(args[0])
		if err != nil {
			return err
		}
		r, err := admin.Connection(ctx, n)
		if err != nil {
			return err
		}
		return p.One(r, fmt.Sprintf("%d of @%s from %s since %s by %s, %s in %s\n%s; silent for %s\nslow: %s\nsession %s, gateway %s",
			r.Connection, r.Handle, r.Address, r.Opened, r.Transport, standingOf(r), plural.Of(r.Rooms, "room"), queued(r), silence(r), cmp.Or(r.Slow, "no"), r.Session, r.Gateway))
	})
}

func (c *commands) connectionsKick() *cobra.Command {
	var g desk.Guard
	return g.Flags(c.Do(&cobra.Command{
		Use:   "kick CONNECTION",
		Short: "End a stream; its client may come back",
		Long: `End a stream. Its client may come back at once: to keep somebody out use
chatctl admin users revoke or suspend.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := connection(args[0])
		if err != nil {
			return err
		}
		r, err := admin.Connection(ctx, n)
		if err != nil {
			return err
		}
		if ok, err := c.Pass(ctx, p, &g, fmt.Sprintf("end the connection %d of @%s", n, r.Handle)); !ok {
			return err
		}
		if r, err = admin.Kick(ctx, n); err != nil {
			return err
		}
		return p.Done(r, fmt.Sprintf("ended the connection %d of @%s", n, r.Handle))
	}))
}

// connection reads CONNECTION.
func connection(arg string) (int64, error) {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || n < 1 {
		return 0, cli.Misused("see chatctl admin connections list", "CONNECTION is the number of one, not %q", arg)
	}
	return n, nil
}
