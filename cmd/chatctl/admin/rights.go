package admin

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
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
		return p.One(me, me.Actor+", administrator, at "+c.At)
	})
}

// reading are the verbs that change nothing; local those that need no server,
// or its machine.
var (
	reading = []string{"list", "show", "members", "sessions", "mail", "stats", "why", "whoami", "can-i", "ready", "erased", "check", "schema"}
	local   = []string{"backup create", "backup restore", "backup check"}
)

// allowed is what can-i prints of a command.
type allowed struct {
	Command string `json:"command"`
	Allowed bool   `json:"allowed"`
	Actor   string `json:"actor"`
	Why     string `json:"why"`
}

func (c *commands) canI() *cobra.Command {
	columns := []string{"=COMMAND", "ALLOWED", "WHY"}
	return c.Do(c.Lists(&cobra.Command{
		Use:   "can-i [COMMAND…]",
		Short: "Tell which commands of admin you may run here",
		Long: `Tell whether you may run a command of admin at this server, or each of a group
of commands, or each of all, by who you are there and what your profile allows.
Exit status 0 is yes to all, 3 no to any. Whether what it would be done to is
there is not looked at: for that there is --dry-run.`,
		Example: "  chatctl admin can-i users delete\n  chatctl admin can-i users\n  chatctl admin --server URL can-i",
		Args:    cli.Args(0, -1),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		cmd, rest, err := c.root.Find(args)
		if err != nil || len(rest) > 0 {
			return cli.Misused("see chatctl admin --help", "admin has no command %q", strings.Join(args, " "))
		}
		me, err := admin.WhoAmI(ctx)
		var no *api.Problem
		if errors.As(err, &no) && no.Code == "forbidden" { // which answers for every command
			me, err = adminapi.WhoAmI{Actor: c.Who(), Network: true}, nil
		}
		if err != nil {
			return err
		}
		var list []allowed
		var refused []string
		for _, leaf := range leaves(cmd) {
			a := c.may(me, leaf)
			if no != nil {
				a.Allowed, a.Why = false, cmp.Or(no.Detail, no.Title)
			}
			if list = append(list, a); !a.Allowed {
				refused = append(refused, a.Command)
			}
		}
		if cmd.HasSubCommands() || p.OfLists() {
			err = cli.Table(p, columns, list, func(a allowed) []string {
				return []string{a.Command, yesNo(a.Allowed), a.Why}
			})
		} else {
			err = p.One(list[0], yesNo(list[0].Allowed)+": "+list[0].Why)
		}
		if err == nil && len(refused) > 0 {
			err = &cli.Error{Status: cli.SignedOut, What: "not allowed: " + strings.Join(refused, ", ")}
		}
		return err
	})
}

// may tells whether me may run a command at the server that answered.
func (c *commands) may(me adminapi.WhoAmI, cmd *cobra.Command) allowed {
	name := strings.TrimPrefix(cmd.CommandPath(), c.root.CommandPath()+" ")
	a := allowed{Command: name, Allowed: true, Actor: me.Actor, Why: me.Actor + " administers this server"}
	switch {
	case me.Network && slices.Contains(local, name):
		a.Allowed, a.Why = false, "it is for the machine that the server runs on"
	case c.ReadOnly && !slices.Contains(reading, cmd.Name()):
		a.Allowed, a.Why = false, "the profile is read-only"
	}
	return a
}

// leaves are cmd, or the commands below it that do something.
func leaves(cmd *cobra.Command) (list []*cobra.Command) {
	if !cmd.HasSubCommands() {
		return []*cobra.Command{cmd}
	}
	for _, c := range cmd.Commands() {
		list = append(list, leaves(c)...)
	}
	return list
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
