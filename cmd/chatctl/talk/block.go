package talk

import (
	"context"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) block() *cobra.Command {
	return a.blocking(api.SetBlock, &cobra.Command{
		Use:   "block @HANDLE",
		Short: "Stop a person from writing to you",
		Long: `Stop a person from writing to you, and from adding you to groups.

No message that is committed after this command has ended reaches you from them
in your direct conversation. Groups that you share go on as they are.`,
	})
}

func (a *commands) unblock() *cobra.Command {
	return a.blocking(api.ClearBlock, &cobra.Command{
		Use:   "unblock @HANDLE",
		Short: "Let a person write to you again",
	})
}

func (a *commands) blocking(what api.ActionType, cmd *cobra.Command) *cobra.Command {
	cmd.Args = cli.Args(1, 1)
	return a.acting(cmd, func(_ context.Context, _ *client.Client, args []string) ([]api.Action, error) {
		handle, err := cli.Handle(args[0])
		return []api.Action{{Type: what, To: handle}}, err
	})
}
