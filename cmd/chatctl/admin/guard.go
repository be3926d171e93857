package admin

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/spf13/cobra"
)

// guard stands before a command that takes something away.
type guard struct {
	final  bool // it cannot be taken back: never without an answer or --yes
	dryRun bool
	yes    bool
}

// flags adds --dry-run and --yes.
func (g *guard) flags(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&g.dryRun, "dry-run", false, "say what would be done, and do nothing")
	cmd.Flags().BoolVarP(&g.yes, "yes", "y", false, "do not ask")
	return cmd
}

// would is what is printed of a dry run.
type would struct {
	DryRun bool   `json:"dry_run"`
	Would  string `json:"would"`
	Server string `json:"server"`
}

// pass reports whether to go on and do what what says. It asks on a terminal,
// naming the server; where nobody can be asked, what is final needs --yes.
func (c *commands) pass(ctx context.Context, p *cli.Printer, g *guard, what string) (bool, error) {
	switch {
	case g.dryRun:
		return false, p.One(would{true, what, c.at}, "would "+what+"\nat "+c.at+"; nothing was changed")
	case g.yes, !g.final && !cli.Terminal(c.Env.Stdin):
		return true, nil
	case !cli.Terminal(c.Env.Stdin):
		return false, cli.Misused("look with --dry-run, then give --yes", "this would %s, at %s, and cannot be taken back", what, c.at)
	}
	answer, err := cli.NewAsker(c.Env).Line(ctx, "This will "+text.Show(what)+", at "+text.Show(c.at)+". Type yes to go on", "--yes")
	if err != nil {
		return false, err
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "yes") {
		return false, &cli.Error{Status: cli.Refused, What: "nothing was changed: the answer was not yes"}
	}
	return true, nil
}
