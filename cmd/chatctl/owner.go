package main

import (
	"cmp"
	"path/filepath"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/client"
)

// dataDir is the data directory of a server on this machine: the flag,
// CHATCTL_DATA, else the usual one.
func (a *app) dataDir(flag string) (string, error) {
	if dir := cmp.Or(flag, a.env.Getenv("CHATCTL_DATA")); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := embedded.DefaultDir(a.env.Getenv)
	if err != nil {
		return "", &cli.Error{Status: cli.Usage, Err: err}
	}
	return dir, nil
}

// owner is the administration of the server that holds a data directory.
func (a *app) owner(data string) (*client.Admin, string, error) {
	dir, err := a.dataDir(data)
	if err != nil {
		return nil, "", err
	}
	socket, err := embedded.FindAdminSocket(dir)
	if err != nil {
		return nil, "", err
	}
	return client.NewAdmin(socket), dir, nil
}
