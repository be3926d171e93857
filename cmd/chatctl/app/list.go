package app

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/spf13/cobra"
)

// listed is the annotation of a command with the columns of the list it prints.
const listed = "columns"

// Lists says that cmd prints a list with these columns, and adds the flags that
// choose among them and sort by one.
func (a *App) Lists(cmd *cobra.Command, columns []string) *cobra.Command {
	cmd.Annotations = map[string]string{listed: strings.Join(columns, "\n")}
	cmd.Flags().StringSliceVar(&a.Columns, "columns", nil, "the `COLUMNS` to show, as the first line names them")
	cmd.Flags().StringVar(&a.Sort, "sort", "", "the `COLUMN` to sort by; with a - before it downwards")
	complete.Flag(cmd, "columns", complete.List(columnsOf))
	complete.Flag(cmd, "sort", columnsOf)
	return cmd
}

// columnsOf are the names of those of the command's list, as --columns takes them.
func columnsOf(_ context.Context, at complete.Place) (out []complete.Word, _ error) {
	for name := range strings.SplitSeq(at.Command.Annotations[listed], "\n") {
		name = strings.TrimLeft(name, "+=")
		out = append(out, complete.Word{Word: strings.ReplaceAll(strings.ToLower(name), " ", "_")})
	}
	return out, nil
}

// CheckOutput refuses an --output that cmd does not have, before anything is done.
// A format of lists that CHATCTL_OUTPUT names is for lists, and no mistake elsewhere.
func (a *App) CheckOutput(cmd *cobra.Command) error {
	p, err := a.Printer()
	if err != nil {
		return err
	}
	_, list := cmd.Annotations[listed]
	help := cmd.Annotations[cli.ParentOnly] != "" && !cmd.Flags().Changed("version")
	if list || help || !p.OfLists() || !cmd.Flags().Changed("output") {
		return nil
	}
	return cli.Misused("it is text or json", "%s prints no list, so not as --output %s", cmd.CommandPath(), a.Output)
}
