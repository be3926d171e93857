package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded/disk"
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

// server is what a test is played on.
type server struct {
	// during does work for as long as the server is there, as far as that is known.
	during func(ctx context.Context, work func(context.Context) error) error
	stop   func() error // gives it back
}

// target is the server that the user named, or one of the test's own.
func (a *commands) target(ctx context.Context, where target, timeout time.Duration) (loadtest.Target, server, error) {
	if a.named() {
		return a.remoteTarget(where)
	}
	return a.ownTarget(ctx, where, timeout)
}

// remoteTarget is the server that the user named, where their account has the grant.
func (a *commands) remoteTarget(where target) (t loadtest.Target, srv server, err error) {
	prof, err := a.Env.Account(a.Choice)
	if err != nil {
		return t, srv, err
	}
	c, err := client.New(client.Config{Server: prof.Server, Token: string(prof.Token), ReadOnly: prof.ReadOnly})
	if err != nil {
		return t, srv, err
	}
	u, err := url.Parse(prof.Server)
	if err != nil {
		return t, srv, err
	}
	t = loadtest.Target{URL: u, People: func(ctx context.Context, n int) ([]api.Credential, error) {
		people, err := c.People(ctx, n, "")
		return people, prof.At(prof.Server, err)
	}}
	if !where.keep {
		t.Remove = func(ctx context.Context, people []api.Credential) error { return erasePeople(ctx, prof.Server, people) }
	}
	during := func(ctx context.Context, work func(context.Context) error) error { return work(ctx) }
	return t, server{during, func() error { c.Close(); return nil }}, nil
}

// named tells whether the user named a server.
func (a *commands) named() bool {
	return cmp.Or(a.Choice.Server, a.Choice.Profile, a.Env.Getenv("CHATCTL_SERVER"), a.Env.Getenv("CHATCTL_PROFILE")) != ""
}

// starting is the least time that a server of the test's own gets until it is
// ready: --timeout is meant for what a running one answers.
const starting = time.Minute

// ownTarget is a server that lives as long as the test.
func (a *commands) ownTarget(ctx context.Context, where target, timeout time.Duration) (t loadtest.Target, srv server, err error) {
	timeout = max(timeout, starting)
	own, err := a.startOwn(ctx, where, timeout)
	if err != nil {
		return t, srv, err
	}
	t = loadtest.Target{
		URL: own.URL, PID: own.PID, SharesCores: true, People: own.office.People,
		Restart: func(ctx context.Context) (int, error) {
			err := own.Restart(ctx, timeout)
			return own.PID, err
		},
	}
	return t, server{own.during, own.stop}, nil
}

// ownServer is a server for one test, with its administration.
type ownServer struct {
	*throwaway.Server
	office office
}

// startOwn starts a server. It must be stopped.
func (a *commands) startOwn(ctx context.Context, where target, timeout time.Duration) (*ownServer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir := where.dir
	if dir == "" {
		dir = a.Scratch()
	}
	const elsewhere = "name a directory on a disk with --dir, or a running server with --server"
	if err := onDisk(dir); err != nil {
		return nil, &cli.Error{Status: cli.Refused, Err: err, Do: elsewhere}
	}
	srv, err := throwaway.Start(ctx, program, []string{"serve", "--log-level", "warn"}, dir, timeout)
	if err != nil && ctx.Err() != nil {
		return nil, err // nothing is wrong with the place
	}
	if err != nil {
		return nil, &cli.Error{Status: cli.Refused, Err: err, Do: elsewhere}
	}
	admin, _, err := a.Owner(srv.Data)
	if err != nil {
		return nil, errors.Join(err, srv.Stop())
	}
	return &ownServer{srv, office{admin}}, nil
}

// onDisk says why a server would not keep its data in dir.
func onDisk(dir string) error {
	kind, level, err := disk.Kind(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	if level == disk.Unfit {
		return fmt.Errorf("%s: on %s, where a server keeps no data", dir, kind)
	}
	return nil
}

// during ends work when the server ends by itself.
func (o *ownServer) during(ctx context.Context, work func(context.Context) error) error {
	err := o.While(ctx, work)
	if errors.Is(err, throwaway.ErrEnded) {
		return fmt.Errorf("the test's %w", err)
	}
	return err
}

func (o *ownServer) stop() error {
	o.office.admin.Close()
	return o.Stop()
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
