package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// ParentOnly is the annotation of commands that only hold others.
const ParentOnly = "parent-only"

// Parent makes cmd a command that only holds others: alone it shows its help,
// and an unknown name under it is a usage error with what was probably meant.
func Parent(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.Annotations = map[string]string{ParentOnly: "yes"}
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 && !cmd.HasParent() {
			return cmd.Help()
		}
		if len(args) == 0 {
			return Misused("it is one of "+strings.Join(names(cmd), ", "), "%s needs a command", cmd.CommandPath())
		}
		do := "see " + cmd.CommandPath() + " --help"
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			do = "perhaps " + cmd.CommandPath() + " " + strings.Join(near, " or ") + "; " + do
		}
		return Misused(do, "%s has no command %q", cmd.CommandPath(), args[0])
	}
}

// Args accepts from low to high arguments, without end where high is negative.
func Args(low, high int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < low:
			return Misused("usage: "+cmd.UseLine(), "%s needs more arguments", cmd.CommandPath())
		case high >= 0 && len(args) > high:
			return Misused("usage: "+cmd.UseLine()+" (quote what has spaces)", "%s takes no argument %q", cmd.CommandPath(), args[high])
		}
		return nil
	}
}

func names(cmd *cobra.Command) (out []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			out = append(out, c.Name())
		}
	}
	return out
}
