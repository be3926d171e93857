package account

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) accountPresence() *cobra.Command {
	return a.Reading(&cobra.Command{
		Use:   "presence on|off",
		Short: "Let others see that you are connected and typing, or not",
		Long: `Let others see that you are connected and typing, or not. Who hides sees nobody
else's either. Those who watch you see it within a minute.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		if args[0] != api.PresenceOn && args[0] != api.PresenceOff {
			return cli.Misused("say on or off", "%q is neither on nor off", args[0])
		}
		me, err := c.ShowPresence(ctx, args[0] == api.PresenceOn)
		if err != nil {
			return err
		}
		return p.Done(me, fmt.Sprintf("the presence of @%s is %s", me.Handle, me.Presence))
	})
}
