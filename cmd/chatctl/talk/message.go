package talk

import (
	"context"
	"strconv"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) edit() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "edit TO SEQ TEXT",
		Short: "Replace the text of a message that you sent",
		Long: `Replace the text of a message that you sent, for some time after you did (24
hours unless the server says otherwise). Its members see that it was edited, and
can still read what it was.

SEQ is the number that send and history show.`,
		Args: cli.Args(3, 3),
	}, onMessage(func(args []string) api.Action { return api.Action{Type: api.EditMessage, Text: typed(args[2])} }))
}

func (a *commands) delete() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "delete TO SEQ",
		Short: "Delete a message that you sent, or any in a group of yours",
		Long: `Delete a message that you sent, or any in a group that you own or administer.
Its text and that of its edits is removed; that there was one, and who deleted
it, stays.`,
		Args: cli.Args(2, 2),
	}, onMessage(func([]string) api.Action { return api.Action{Type: api.DeleteMessage} }))
}

func (a *commands) report() *cobra.Command {
	return a.acting(&cobra.Command{
		Use:   "report TO SEQ [WHY]",
		Short: "Report somebody's message to the server's administrators",
		Long: `Report somebody's message to the server's administrators. They get a copy of it
and of the five messages on each side of it, as far as you can read them, with
your name.`,
		Args: cli.Args(2, 3),
	}, onMessage(func(args []string) api.Action {
		action := api.Action{Type: api.ReportMessage}
		if len(args) == 3 {
			action.Text = args[2]
		}
		return action
	}))
}

// onMessage plans an action on the message that the arguments TO and SEQ name.
func onMessage(action func(args []string) api.Action) func(context.Context, *client.Client, []string) ([]api.Action, error) {
	return func(ctx context.Context, c *client.Client, args []string) ([]api.Action, error) {
		seq, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil || seq < 1 {
			return nil, cli.Misused("it is the number that send and history show", "%q is no SEQ", args[1])
		}
		a := action(args)
		if a.Type == api.EditMessage {
			if err := visible(a.Text); err != nil {
				return nil, err
			}
		}
		to, err := resolve(ctx, c, args[0])
		if err != nil {
			return nil, err
		}
		if to.conversation.IsZero() {
			head, err := to.head(ctx, c)
			if err != nil {
				return nil, err
			}
			to.conversation = head.Conversation
		}
		a.Conversation, a.Target = to.conversation, seq
		return []api.Action{a}, nil
	}
}
