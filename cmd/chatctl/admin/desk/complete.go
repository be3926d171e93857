package desk

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/spf13/cobra"
)

// listed is the annotation of a command with the columns of the list it prints.
const listed = "columns"

// Lists notes the columns of the list that cmd prints, for shells to complete.
func Lists(cmd *cobra.Command, columns []string) *cobra.Command {
	cmd.Annotations = map[string]string{listed: strings.Join(columns, "\n")}
	return cmd
}

// columns are the names of those of the command's list, as --columns takes them.
func columns(_ context.Context, at complete.Place) (out []complete.Word, _ error) {
	for name := range strings.SplitSeq(at.Command.Annotations[listed], "\n") {
		if name = strings.TrimLeft(name, "+="); name != "" {
			out = append(out, complete.Word{Word: strings.ReplaceAll(strings.ToLower(name), " ", "_")})
		}
	}
	return out, nil
}

// Proposing is a source for shells that asks the server that the flags name.
func (d *Desk) Proposing(find func(context.Context, *adminapi.Client, complete.Place) ([]complete.Word, error)) complete.Source {
	return func(ctx context.Context, at complete.Place) ([]complete.Word, error) {
		admin, _, err := d.connect()
		if err != nil {
			return nil, err
		}
		defer admin.Close()
		return find(ctx, admin, at)
	}
}
