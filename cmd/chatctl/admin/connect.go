package admin

import (
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// connect returns a client of the administration of a data directory, or over the network as an account.
// A profile's token goes only to the host that it came from.
func (c *commands) connect() (*adminapi.Client, string, error) {
	if c.where.Server == "" {
		return c.Owner(c.where.Data)
	}
	prof, err := c.Env.Account(cli.Choice{Server: c.where.Server, Profile: c.where.Profile})
	if err != nil {
		return nil, "", err
	}
	c.readOnly = prof.ReadOnly
	remote, err := adminapi.NewRemote(client.Config{Server: prof.Server, Token: string(prof.Token), ReadOnly: prof.ReadOnly})
	return remote, prof.Server, err
}
