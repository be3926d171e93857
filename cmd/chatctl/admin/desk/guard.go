package desk

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

// Guard stands before a command that takes something away.
type Guard struct {
	Final  bool // it cannot be taken back: never without an answer or --yes
	Gives  bool // it takes nothing away: nobody is asked
	dryRun bool
	yes    bool
}

// Flags adds --dry-run and --yes.
func (g *Guard) Flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&g.dryRun, "dry-run", false, "say what would be done, and do nothing")
	cmd.Flags().BoolVarP(&g.yes, "yes", "y", false, "do not ask")
	return cmd
}

// Would is what is printed of a dry run.
type Would struct {
	DryRun bool   `json:"dry_run"`
	Would  string `json:"would"`
	Server string `json:"server"`
}

// Pass reports whether to go on and do what what says. It asks on a terminal,
// naming the server; where nobody can be asked, what is final needs --yes.
func (d *Desk) Pass(ctx context.Context, p *cli.Printer, g *Guard, what string) (bool, error) {
	switch {
	case g.dryRun:
		return false, p.One(Would{true, what, d.At}, "would "+what+"\nat "+d.At+"; nothing was changed")
	case d.ReadOnly: // nobody is asked for what is refused anyway
		return false, client.ErrReadOnly
	case g.yes, g.Gives, !g.Final && !cli.Terminal(d.Env.Stdin):
		return true, nil
	case !cli.Terminal(d.Env.Stdin):
		return false, cli.Misused("look with --dry-run, then give --yes", "this would %s, at %s, and cannot be taken back", what, d.At)
	}
	answer, err := cli.NewAsker(d.Env).Line(ctx, "This will "+text.Show(what)+", at "+text.Show(d.At)+". Type yes to go on", "--yes")
	if err != nil {
		return false, &cli.Error{What: "nothing was changed", Err: err}
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return false, &cli.Error{Status: cli.Refused, What: "nothing was changed: the answer was not yes"}
	}
	return true, nil
}
