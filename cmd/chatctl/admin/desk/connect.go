package desk

import (
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// connect returns a client of the administration of a data directory, or over the network as an account.
// A profile's token goes only to the host that it came from.
func (d *Desk) connect() (*adminapi.Client, string, error) {
	if d.Server == "" {
		return d.Owner(d.Data)
	}
	prof, err := d.Env.Account(cli.Choice{Server: d.Server, Profile: d.profile})
	if err != nil {
		return nil, "", err
	}
	d.ReadOnly = prof.ReadOnly
	if d.asker, err = d.signedIn(prof); err != nil {
		return nil, "", err
	}
	remote, err := adminapi.NewRemote(client.Config{Server: prof.Server, Token: string(prof.Token), ReadOnly: prof.ReadOnly})
	return remote, prof.Server, err
}

// Who is the account that asks over the network, "" where only the server knows it.
func (d *Desk) Who() string {
	if d.asker.Handle == "" {
		return ""
	}
	return "@" + d.asker.Handle
}

// signedIn is prof with the address that it signed in at, which is not that of the administration.
func (d *Desk) signedIn(prof cli.Profile) (cli.Profile, error) {
	if prof.Name == "" {
		return prof, nil
	}
	profiles, err := d.Env.Profiles()
	if err != nil {
		return prof, err
	}
	return profiles.Load(prof.Name)
}
