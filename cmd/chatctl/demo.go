package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/loadtest/throwaway"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/demo"
	"github.com/chatctl/chatctl/tui/session"
	"github.com/spf13/cobra"
)

// demoStart is how long the demo's server may take to be ready.
const demoStart = 30 * time.Second

func (a *commands) demo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Look around: a server of your own with people in it",
		Long: `Look around in the chat client, on a server that is started for you and has a
few people in it, who talk and answer. They are bots on the API that yours can
use.

Nothing of it is kept: when you quit (ctrl-c), the server is stopped and its
data are removed. Your profiles and settings are left alone; your keys are used.`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.fullScreen("demo", "scripts use chatctl serve and chatctl send"); err != nil {
				return err
			}
			return a.demonstrate(cmd.Context())
		},
	}
}

// demonstrate shows the client on a server that lives as long as the screen.
func (a *commands) demonstrate(ctx context.Context) (err error) {
	look, err := a.look("")
	if err != nil {
		return err
	}
	defer a.LeaveScratch()
	a.Say("starting a server for this demo")
	srv, err := demoServer(ctx, a.Scratch())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, srv.Stop()) }()
	err = srv.While(ctx, func(ctx context.Context) error { return a.lookAround(ctx, srv, look) })
	if errors.Is(err, throwaway.ErrEnded) {
		return fmt.Errorf("the demo's %w", err)
	}
	return err
}

// lookAround shows the client on a server with people in it.
func (a *commands) lookAround(ctx context.Context, srv *throwaway.Server, look chat.Config) error {
	admin, _, err := a.Owner(srv.Data)
	if err != nil {
		return err
	}
	defer admin.Close()
	people, err := demo.Move(ctx, demo.Config{Server: srv.URL.String(), Admin: admin, Beat: time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer people.Close()
	cfg := tui.Config{Chat: look, Server: srv.URL.String(), Device: "chatctl demo"}
	cfg.Keep = func(server, _ string, in api.SignedIn) (session.Account, error) {
		return session.Account{Profile: in.Handle, Server: server, Handle: in.Handle, Token: in.Token, Dir: filepath.Join(srv.Dir, in.Handle)}, nil
	}
	you, err := cfg.Keep(cfg.Server, "", people.Guest)
	if err != nil {
		return err
	}
	cfg.Account, cfg.Chat.Begin, cfg.Chat.Guest = &you, demo.Begin, true
	cfg.Profile = func(string) (session.Account, error) { return you, nil }
	cfg.Profiles = func() ([]string, error) { return []string{you.Profile}, nil }
	return a.amongPeople(ctx, people, cfg)
}

// amongPeople shows the screen while people live, and ends with both ended.
func (a *commands) amongPeople(ctx context.Context, people *demo.Company, cfg tui.Config) error {
	living, leave := context.WithCancel(ctx)
	defer leave()
	gone := make(chan error, 1)
	go func() { gone <- people.Run(living) }()
	err := tui.Run(ctx, cfg, a.Env.Stdin, a.Env.Stdout)
	leave()
	return errors.Join(err, <-gone)
}

// demoServer starts the demo's server.
func demoServer(ctx context.Context, dir string) (*throwaway.Server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	srv, err := throwaway.Start(ctx, program, []string{"serve", "--log-level", "warn"}, dir, demoStart)
	if err != nil && ctx.Err() != nil {
		return nil, err // this machine lacks nothing
	}
	if err != nil {
		return nil, &cli.Error{Status: cli.Unreachable, Err: err, Do: "chatctl doctor tells what this machine lacks"}
	}
	return srv, nil
}
