package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/spf13/cobra"
)

// defaultListen is a fixed port, so that clients find a server without being told.
const defaultListen = "127.0.0.1:8420"

type serveFlags struct {
	listen   string
	data     string
	minFree  string
	force    bool
	roles    []string
	bus      string
	store    string
	logLevel string
	origins  []string
}

func (a *app) serve() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a server",
		Long: `Run a whole server in this process: nothing else is needed. Everything it
keeps lies in one data directory, which belongs to one server at a time.

When stdout is no terminal, one JSON line is printed there when the server is
ready. Logs go to stderr. Ctrl-C drains; a second one ends at once.`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServe(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", defaultListen, "the `HOST:PORT` to listen on; port 0 takes a free one")
	fl.StringVar(&f.data, "data", "", "the data `DIR`ectory (default CHATCTL_DATA, or chatctl in the XDG data directory)")
	fl.StringVar(&f.minFree, "min-free", "512MiB", "refuse new work below this free disk `SIZE`")
	fl.BoolVar(&f.force, "force", false, "serve also from a network or memory file system, where acknowledged messages can be lost")
	fl.StringSliceVar(&f.roles, "role", nil, "run only this `ROLE`; needs --bus and --store")
	fl.StringVar(&f.bus, "bus", "embedded", "the log and live channel: embedded")
	fl.StringVar(&f.store, "store", "embedded", "the database: embedded")
	fl.StringSliceVar(&f.origins, "origin", nil, "a `HOST` whose pages may open the stream from a browser")
	fl.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

func (a *app) runServe(ctx context.Context, f serveFlags) (err error) {
	cfg, data, log, err := a.serveConfig(f)
	if err != nil {
		return err
	}
	engines, err := embedded.OpenEngines(ctx, data, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engines.Close()) }()
	if cfg.AdminSocket, err = engines.AdminSocket(a.env.Getenv); err != nil {
		return err
	}
	srv, err := server.New(ctx, cfg, engines.Server(), log)
	if err != nil && ctx.Err() != nil {
		return nil // told to end before it served: nothing is left to drain (promises, rule 13)
	}
	if err != nil {
		return err
	}
	srv.Ready = func() { a.announce(srv, engines.Dir()) }
	return srv.Run(ctx)
}

// serveConfig reports everything that is wrong with the flags at once.
func (a *app) serveConfig(f serveFlags) (cfg server.Config, data embedded.Config, log *slog.Logger, err error) {
	var wrong []string
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	for _, e := range []struct{ flag, value string }{{"--bus", f.bus}, {"--store", f.store}} {
		if e.value != "embedded" {
			note(fmt.Errorf("%s %s: only the embedded engines are built into this version", e.flag, e.value))
		}
	}
	if len(f.roles) > 0 {
		note(errors.New("--role: with the embedded engines one process runs all roles, because it owns the data directory; roles run apart on shared engines, named by --bus and --store"))
	}
	var level slog.Level
	if level.UnmarshalText([]byte(f.logLevel)) != nil {
		note(fmt.Errorf("--log-level %s is not debug, info, warn or error", f.logLevel))
	}
	cfg = server.Config{Listen: f.listen, Origins: f.origins, Version: build().Version}
	note(cfg.Check())
	data.Force = f.force
	data.MinFree, err = parseSize(f.minFree)
	note(err)
	if data.Data, err = a.dataDir(f.data); err != nil {
		return cfg, data, nil, err
	}
	if len(wrong) > 0 {
		return cfg, data, nil, cli.Misused("see chatctl serve --help", "%s", strings.Join(wrong, "; "))
	}
	return cfg, data, newLog(a.env.Stderr, level), nil
}

// newLog writes structured lines; what users wrote is never in them.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

// announce tells that the server is ready: to a person in words, to a program in one JSON line.
func (a *app) announce(srv *server.Server, dir string) {
	if !cli.Terminal(a.env.Stdout) {
		fmt.Fprintf(a.env.Stdout, "%s\n", api.Encode(struct {
			Event   string   `json:"event"`
			URL     string   `json:"url"`
			Data    string   `json:"data"`
			Roles   []string `json:"roles"`
			Version string   `json:"version"`
		}{"ready", srv.URL(), dir, srv.Roles(), build().Version}))
		return
	}
	var flag string
	if srv.URL() != cli.DefaultServer {
		flag = " --server " + srv.URL()
	}
	fmt.Fprintf(a.env.Stdout, `chatctl serves %s
  data          %s
  try it        chatctl signup%s --profile ada --handle ada      (in a second terminal)
                chatctl signup%s --profile bob --handle bob      (in a third)
  administer    chatctl admin users list                        (this machine, this user)
  stop          Ctrl-C
`, srv.URL(), dir, flag, flag)
}
