package app

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// DataDir is the data directory of a server on this machine: the flag,
// CHATCTL_DATA, else the usual one.
func (a *App) DataDir(flag string) (string, error) {
	if dir := cmp.Or(flag, a.Env.Getenv("CHATCTL_DATA")); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := embedded.DefaultDir(a.Env.Getenv)
	if err != nil {
		return "", &cli.Error{Status: cli.Usage, Err: err}
	}
	return dir, nil
}

// Owner is the administration of the server that holds a data directory.
func (a *App) Owner(data string) (*adminapi.Client, string, error) {
	dir, err := a.DataDir(data)
	if err != nil {
		return nil, "", err
	}
	socket, err := embedded.FindAdminSocket(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil, "", &cli.Error{Status: cli.SignedOut, Err: err, Do: "its owner administers " + dir + ": run it as that user, or with --server URL as an account with the grant admin"}
	}
	if err != nil {
		return nil, "", err
	}
	return adminapi.New(socket), dir, nil
}
