package admin

import (
	"context"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) whoami() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "whoami",
		Short: "Show as whom the server takes you, and which it is",
		Args:  cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		me, err := admin.WhoAmI(ctx)
		if err != nil {
			return err
		}
		return p.One(me, me.Actor+" at "+c.At)
	})
}

// reading are the verbs that change nothing; local those that need no server,
// or its machine.
var (
	reading = []string{"list", "show", "members", "sessions", "mail", "stats", "why", "whoami", "can-i", "ready", "erased", "check", "schema"}
	local   = []string{"backup create", "backup restore", "backup check"}
)

// allowed is what can-i prints.
type allowed struct {
	Command string `json:"command"`
	Allowed bool   `json:"allowed"`
	Actor   string `json:"actor"`
	Why     string `json:"why"`
}

func (c *commands) canI() *cobra.Command {
	return c.Do(&cobra.Command{
		Use:   "can-i COMMAND…",
		Short: "Tell whether you may run a command of admin here; exit status 3 if not",
		Long: `Tell whether you may run a command of admin at this server, by who you are there
and what your profile allows. Exit status 0 is yes, 3 no. Whether what it would be
done to is there is not looked at: for that there is --dry-run.`,
		Example: "  chatctl admin can-i users delete\n  chatctl admin --server URL can-i backup create",
		Args:    cli.Args(1, -1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		name := strings.Join(args, " ")
		cmd, rest, err := c.root.Find(args)
		if err != nil || len(rest) > 0 || cmd.HasSubCommands() {
			return cli.Misused("see chatctl admin --help", "admin has no command %q", name)
		}
		me, err := admin.WhoAmI(ctx)
		if err != nil {
			return err
		}
		a := allowed{Command: name, Allowed: true, Actor: me.Actor, Why: me.Actor + " administers this server"}
		switch {
		case me.Network && slices.Contains(local, name):
			a.Allowed, a.Why = false, "it is for the machine that the server runs on"
		case c.ReadOnly && !slices.Contains(reading, cmd.Name()):
			a.Allowed, a.Why = false, "the profile is read-only"
		}
		if !a.Allowed {
			if err := p.One(a, "no: "+a.Why); err != nil {
				return err
			}
			return &cli.Error{Status: cli.SignedOut, What: "not allowed: " + name}
		}
		return p.One(a, "yes: "+a.Why)
	})
}
