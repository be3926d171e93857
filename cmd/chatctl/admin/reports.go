package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) reports() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reports",
		Short: "Read what people have reported, and close it",
		Long: `Read messages that people have reported, each with a copy of what stood around
it when they did. A report is kept until some time (30 days) after it was
closed.`,
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.reportsList(), c.reportsShow(), c.reportsClose())
	return cmd
}

func (c *commands) reportsList() *cobra.Command {
	var all bool
	columns := []string{"NUMBER", "TIME", "REPORTED", "BY", "STATE", "WHY"}
	cmd := c.Do(c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List open reports, oldest first",
		Args:  cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		reports, err := allReports(ctx, admin, all)
		if err != nil {
			return err
		}
		return cli.Table(p, columns, reports, func(r api.Report) []string {
			return []string{fmt.Sprint(r.Number), r.Time.String(), "@" + r.Reported, "@" + r.Reporter, openness(r), r.Text}
		})
	})
	cmd.Flags().BoolVar(&all, "all", false, "closed ones, too")
	return cmd
}

func (c *commands) reportsShow() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "show NUMBER",
		Short: "Show a report with its context",
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := numbered(args[0])
		if err != nil {
			return err
		}
		r, err := admin.Report(ctx, n)
		if err != nil {
			return err
		}
		return p.One(r, shown(r))
	})
}

func (c *commands) reportsClose() *cobra.Command {
	var g desk.Guard
	return g.Flags(c.Do(&cobra.Command{
		Use:   "close NUMBER",
		Short: "Close a report; it is kept for 30 days more",
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		n, err := numbered(args[0])
		if err != nil {
			return err
		}
		r, err := admin.Report(ctx, n)
		if err != nil {
			return err
		}
		if ok, err := c.Pass(ctx, p, &g, fmt.Sprintf("close the report %d, by @%s about @%s", n, r.Reporter, r.Reported)); !ok {
			return err
		}
		result, err := admin.CloseReport(ctx, n)
		if err != nil {
			return err
		}
		return p.Done(result, fmt.Sprintf("closed the report %d", n))
	}))
}

// numbered reads NUMBER.
func numbered(arg string) (int64, error) {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || n < 1 {
		return 0, cli.Misused("see chatctl admin reports list", "NUMBER is a report's, not %q", arg)
	}
	return n, nil
}

func openness(r api.Report) string {
	if r.Closed != 0 {
		return "closed"
	}
	return "open"
}

// shown is a report for a person; the reported message is marked.
func shown(r api.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d, %s, by @%s on %s: %s\nconversation %s", r.Number, openness(r), r.Reporter, r.Time, r.Text, r.Conversation)
	for _, m := range r.Context {
		mark := " "
		if m.Seq == r.Seq {
			mark = ">"
		}
		text := strings.Join(m.Versions, " | edited: ")
		if m.Deleted {
			text = "(deleted)"
		}
		fmt.Fprintf(&b, "\n%s %d  %s  @%s: %s", mark, m.Seq, m.Time, m.Sender, text)
	}
	return b.String()
}

func allReports(ctx context.Context, admin *adminapi.Client, closed bool) (all []api.Report, err error) {
	for after := int64(0); ; {
		reports, err := admin.Reports(ctx, closed, after, page)
		if err != nil || len(reports) == 0 {
			return all, err
		}
		all = append(all, reports...)
		after = reports[len(reports)-1].Number
	}
}
