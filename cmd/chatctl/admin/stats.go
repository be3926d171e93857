package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) stats() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "stats",
		Short: "Show how much the server holds and does",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		st, err := admin.Stats(ctx)
		if err != nil {
			return err
		}
		return p.One(st, statsLines(st))
	})
}

func statsLines(st api.Stats) string {
	var b strings.Builder
	fmt.Fprintf(&b, "chatctl %s, serving since %s; rates are averages since then\n", st.Version, st.Since)
	fmt.Fprintf(&b, "accounts       %d, %.2f a second\n", st.Accounts, st.Rates.Accounts)
	fmt.Fprintf(&b, "conversations  %d\n", st.Conversations)
	fmt.Fprintf(&b, "messages       %d, %.2f a second\n", st.Messages, st.Rates.Messages)
	fmt.Fprintf(&b, "entries        %d, %.2f a second\n", st.Entries, st.Rates.Entries)
	fmt.Fprintf(&b, "held actions   %d\n", st.Held)
	fmt.Fprintf(&b, "connections    %d\n", st.Connections)
	fmt.Fprint(&b, "disk          ")
	for _, u := range st.Disk {
		fmt.Fprintf(&b, " %s %s,", u.Name, size(u.Bytes))
	}
	return strings.TrimSuffix(b.String(), ",")
}

// size writes bytes in the unit that keeps the number short.
func size(n int64) string {
	for _, u := range []struct {
		name string
		of   int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= u.of {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.of), u.name)
		}
	}
	return plural.Of(n, "byte")
}
