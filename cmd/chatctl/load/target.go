package load

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"os"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/loadtest"
	"github.com/chatctl/chatctl/loadtest/throwaway"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// target is what the flags say of the server.
type target struct {
	dir  string // of the own server's data
	keep bool   // the people
}

// target is the server that the user named, or one of the test's own. stop gives it back.
func (a *commands) target(ctx context.Context, where target, timeout time.Duration) (loadtest.Target, func() error, error) {
	if a.named() {
		return a.remoteTarget(where)
	}
	return a.ownTarget(ctx, where, timeout)
}

// remoteTarget is the server that the user named, where their account has the grant.
func (a *commands) remoteTarget(where target) (t loadtest.Target, stop func() error, err error) {
	prof, err := a.Env.Account(a.Choice)
	if err != nil {
		return t, nil, err
	}
	c, err := client.New(client.Config{Server: prof.Server, Token: string(prof.Token), ReadOnly: prof.ReadOnly})
	if err != nil {
		return t, nil, err
	}
	u, err := url.Parse(prof.Server)
	if err != nil {
		return t, nil, err
	}
	t = loadtest.Target{URL: u, People: func(ctx context.Context, n int) ([]api.Credential, error) {
		people, err := c.People(ctx, n, "")
		return people, prof.At(prof.Server, err)
	}}
	if !where.keep {
		t.Remove = func(ctx context.Context, people []api.Credential) error { return erasePeople(ctx, prof.Server, people) }
	}
	return t, func() error { c.Close(); return nil }, nil
}

// named tells whether the user named a server.
func (a *commands) named() bool {
	return cmp.Or(a.Choice.Server, a.Choice.Profile, a.Env.Getenv("CHATCTL_SERVER"), a.Env.Getenv("CHATCTL_PROFILE")) != ""
}

// starting is the least time that a server of the test's own gets until it is
// ready: --timeout is meant for what a running one answers.
const starting = time.Minute

// ownTarget is a server that lives as long as the test.
func (a *commands) ownTarget(ctx context.Context, where target, timeout time.Duration) (t loadtest.Target, stop func() error, err error) {
	timeout = max(timeout, starting)
	srv, admin, stop, err := a.ownServer(ctx, where, timeout)
	if err != nil {
		return t, nil, err
	}
	return loadtest.Target{
		URL: srv.URL, PID: srv.PID, SharesCores: true, People: office{admin}.People,
		Restart: func(ctx context.Context) (int, error) {
			err := srv.Restart(ctx, timeout)
			return srv.PID, err
		},
	}, stop, nil
}

// ownServer starts a server for one test, and returns its administration. stop ends both.
func (a *commands) ownServer(ctx context.Context, where target, timeout time.Duration) (srv *throwaway.Server, admin *adminapi.Client, stop func() error, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, nil, nil, err
	}
	dir := where.dir
	if dir == "" {
		dir = a.Scratch()
	}
	srv, err = throwaway.Start(ctx, program, []string{"serve", "--log-level", "warn"}, dir, timeout)
	if err != nil {
		return nil, nil, nil, &cli.Error{Status: cli.Unreachable, Err: err, Do: "name a directory on a disk with --dir, or a running server with --server"}
	}
	if admin, _, err = a.Owner(srv.Data); err != nil {
		return nil, nil, nil, errors.Join(err, srv.Stop())
	}
	return srv, admin, func() error { admin.Close(); return srv.Stop() }, nil
}

// office administers a server of the test's own.
type office struct{ admin *adminapi.Client }

func (o office) People(ctx context.Context, n int) ([]api.Credential, error) {
	return o.admin.People(ctx, n, "")
}

func (o office) Suspend(ctx context.Context, handle string) error {
	_, err := o.admin.Suspend(ctx, handle, "", 0)
	return err
}

func (o office) Resume(ctx context.Context, handle string) error {
	_, err := o.admin.Resume(ctx, handle)
	return err
}

func (o office) Purge(ctx context.Context, c api.ConversationID) error {
	_, err := o.admin.Purge(ctx, c)
	return err
}
