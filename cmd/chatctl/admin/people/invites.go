package people

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/admin/desk"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

func (c *commands) invites() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "invites",
		Short: "Make, list and revoke codes that let people sign up",
	}
	cli.Parent(cmd)
	cmd.AddCommand(c.invitesCreate(), c.invitesList(), c.invitesRevoke())
	return cmd
}

func (c *commands) invitesCreate() *cobra.Command {
	var note string
	var uses int64
	var within time.Duration
	cmd := c.Do(&cobra.Command{
		Use:     "create",
		Short:   "Make an invite, and print its code this once",
		Example: "  chatctl admin invites create --uses 5 --expires 48h --note 'the new team'",
		Args:    cli.Args(0, 0),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		if err := oneLine("--note", note); err != nil {
			return err
		}
		switch {
		case within <= 0:
			return cli.Misused("give a time from now, such as 48h", "--expires %v is over already", within)
		case uses < 0:
			return cli.Misused("give a number of accounts, or 0 for any number", "--uses %d is none", uses)
		}
		made, err := admin.CreateInvite(ctx, note, uses, api.TimeOf(time.Now().Add(within)))
		if err != nil {
			return err
		}
		return p.One(made, made.Code)
	})
	cmd.Flags().StringVar(&note, "note", "", "`TEXT` for the list: whom it is for")
	cmd.Flags().Int64Var(&uses, "uses", 1, "how many accounts may be made with it; 0: any number")
	cmd.Flags().DurationVar(&within, "expires", 7*24*time.Hour, "after which `TIME` it is worth nothing")
	return cmd
}

func (c *commands) invitesList() *cobra.Command {
	columns := []string{"INVITE", "USED", "EXPIRES", "BY", "STATE", "NOTE"}
	return c.Do(c.Lists(&cobra.Command{
		Use:   "list",
		Short: "List the invites, oldest first",
		Args:  cli.Args(0, 0),
	}, columns), func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, _ []string) error {
		list, err := admin.Invites(ctx)
		if err != nil {
			return err
		}
		return cli.Table(p, columns, list, func(i api.Invite) []string {
			used := fmt.Sprintf("%d of %d", i.Used, i.Uses)
			if i.Uses == 0 {
				used = fmt.Sprint(i.Used)
			}
			return []string{i.Invite, used, i.Expires.String(), i.Actor, inviteState(i), i.Note}
		})
	})
}

func inviteState(i api.Invite) string {
	switch {
	case i.Revoked:
		return "revoked"
	case i.Expires <= api.Now():
		return "expired"
	case i.Uses > 0 && i.Used >= i.Uses:
		return "used up"
	}
	return "open"
}

// Revoked is what is printed of an invite that was ended.
type Revoked struct {
	Invite string `json:"invite"`
}

func (c *commands) invitesRevoke() *cobra.Command {
	var g desk.Guard
	return g.Flags(c.Do(&cobra.Command{
		Use:   "revoke INVITE",
		Short: "End an invite; accounts that were made with it stay",
		Args:  cli.Args(1, 1),
	}, func(ctx context.Context, admin *adminapi.Client, p *cli.Printer, args []string) error {
		list, err := admin.Invites(ctx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(i api.Invite) bool { return strings.EqualFold(i.Invite, args[0]) })
		if at < 0 {
			return &cli.Error{Status: cli.Refused, What: "there is no invite " + args[0], Do: "see chatctl admin invites list"}
		}
		id, what := list[at].Invite, "end the invite "
		if list[at].Revoked {
			what = "change nothing: revoked already is the invite "
		}
		if ok, err := c.Pass(ctx, p, &g, what+id); !ok {
			return err
		}
		if err := admin.RevokeInvite(ctx, id); err != nil {
			return err
		}
		return p.Done(Revoked{id}, "revoked the invite "+id)
	}))
}
