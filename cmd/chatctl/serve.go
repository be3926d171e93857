package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/build"
	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/ops/telemetry"
	"github.com/chatctl/chatctl/server/ops/telemetry/logs"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// defaultListen is a fixed port, so that clients find a server without being told.
const defaultListen = "127.0.0.1:8420"

// serveFlags are the settings of a server, each a flag, a variable and a key of the file.
type serveFlags struct {
	config         string
	listen         string
	tlsCert        string
	tlsKey         string
	insecure       bool
	trustedProxies []string
	proxyHeader    string
	origins        []string
	metricsListen  string
	otlp           string
	data           string
	minFree        string
	force          bool
	roles          []string
	bus            string
	store          string
	editWindow     time.Duration
	maxGroup       int64
	logLevel       string
	adminListen    string
	policy         string
	domains        []string
	smtp           smtpFlags
}

// flags is the one list of the settings.
func (f *serveFlags) flags() *pflag.FlagSet {
	fl := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	fl.SortFlags = false
	fl.StringVar(&f.config, configFlag, "", "read settings from this YAML `FILE` (default: server.yaml in the XDG configuration directory, if it is there)")
	fl.StringVar(&f.listen, "listen", defaultListen, "the `HOST:PORT` to listen on; port 0 takes a free one")
	fl.StringVar(&f.tlsCert, "tls-cert", "", "serve TLS with the certificate, and what leads to its root, of this PEM `FILE`")
	fl.StringVar(&f.tlsKey, "tls-key", "", "the certificate's key, a PEM `FILE` that not everybody may read")
	fl.BoolVar(&f.insecure, "insecure", false, "listen beyond loopback without TLS, because something else encrypts")
	fl.StringSliceVar(&f.trustedProxies, "trusted-proxy", nil, "take clients' addresses from the header of a proxy in this `CIDR`")
	fl.StringVar(&f.proxyHeader, "proxy-header", "X-Forwarded-For", "the header that proxies write: X-Forwarded-For or Forwarded")
	fl.StringSliceVar(&f.origins, "origin", nil, "a `HOST` whose pages may open the stream from a browser")
	fl.StringVar(&f.metricsListen, "metrics-listen", "", "serve /metrics also on this loopback `HOST:PORT`, besides the administration socket")
	fl.StringVar(&f.otlp, "otlp-endpoint", "", "send traces to the OpenTelemetry collector at this `URL` (default: OTEL_EXPORTER_OTLP_ENDPOINT)")
	fl.StringVar(&f.data, "data", "", "the data `DIR`ectory (default: chatctl in the XDG data directory)")
	fl.StringVar(&f.minFree, "min-free", "512MiB", "refuse new work below this free disk `SIZE`")
	fl.BoolVar(&f.force, "force", false, "serve also from a network or memory file system, where acknowledged messages can be lost")
	fl.StringSliceVar(&f.roles, "role", nil, "run only this `ROLE`; needs --bus and --store")
	fl.StringVar(&f.bus, "bus", "embedded", "the log and live channel: embedded")
	fl.StringVar(&f.store, "store", "embedded", "the database: embedded")
	fl.DurationVar(&f.editWindow, "edit-window", api.EditWindow, "how `LONG` after sending a message it can be edited")
	fl.Int64Var(&f.maxGroup, "max-group", api.MaxGroup, "how `MANY` members a group can have")
	fl.StringVar(&f.adminListen, "admin-listen", "", "a `HOST:PORT` for the administration over the network, for accounts with the grant admin; off unless given")
	fl.StringVar(&f.policy, "signup-policy", "open", "who may sign up: open, invite, domains or closed")
	fl.StringSliceVar(&f.domains, "signup-domains", nil, "with the policy domains: a `DOMAIN` of mail addresses")
	f.smtp.add(fl)
	fl.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	return fl
}

func (a *commands) serve() *cobra.Command {
	var f serveFlags
	settings := f.flags()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a server",
		Long: `Run a whole server in this process: nothing else is needed. Everything it
keeps lies in one data directory, which belongs to one server at a time.

Every flag may also be a variable, CHATCTL_ and its name (CHATCTL_MIN_FREE), or
a line of the settings file; flags win over variables, and these over the file.
"chatctl config show --origin" tells what would be in force and why.

When stdout is no terminal, one JSON line is printed there when the server is
ready. Logs go to stderr. Ctrl-C drains; a second one ends at once. A changed
certificate is taken within 10 s, or at once after a SIGHUP.`,
		Args: cli.Args(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			origins, err := a.settle(settings)
			if err != nil {
				return err
			}
			if f.data, err = a.DataDir(f.data); err != nil {
				return err
			}
			return a.runServe(cmd.Context(), f, effective(settings, origins))
		},
	}
	cmd.Flags().AddFlagSet(settings)
	for name, words := range map[string][]string{
		"signup-policy": {"open", "invite", "domains", "closed"}, "log-level": {"debug", "info", "warn", "error"},
		"smtp-tls": {"starttls", "implicit"}, "proxy-header": {"X-Forwarded-For", "Forwarded"},
	} {
		complete.Flag(cmd, name, complete.Words(words...))
	}
	return cmd
}

func (a *commands) runServe(ctx context.Context, f serveFlags, settings []api.Setting) (err error) {
	stderr := telemetry.StartLines(a.Env.Stderr) // a reader that stops must not hold chat up
	defer stderr.Close()
	cfg, data, log, err := a.serveConfig(f, stderr)
	if err != nil {
		return err
	}
	cfg.Settings = settings
	engines, err := embedded.OpenEngines(ctx, data, log)
	if errors.Is(err, fs.ErrPermission) {
		return &cli.Error{Status: cli.Refused, Err: err, Do: "name a directory of this user's: --data DIR"}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engines.Close()) }()
	if cfg.AdminSocket, err = engines.AdminSocket(a.Env.Getenv); err != nil {
		return err
	}
	cfg.FirstFile = embedded.FirstFile(engines.Dir())
	srv, err := server.New(ctx, cfg, engines.Server(), log)
	if err != nil && ctx.Err() != nil {
		return nil // told to end before it served: nothing is left to drain (promises, rule 13)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return &cli.Error{Status: cli.Refused, Err: err, Do: "something serves there, perhaps a chatctl: stop it, or name another HOST:PORT"}
	}
	if err != nil {
		return err
	}
	if cfg.TLSCert != "" {
		hangup := make(chan os.Signal, 1)
		signal.Reset(syscall.SIGHUP) // it does not end this process any more
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		srv.Hangup = hangup
	}
	srv.Ready = func() { a.announce(srv, engines.Dir(), stderr, log) }
	return srv.Run(ctx)
}

// serveConfig reports everything that is wrong with the settings at once.
func (a *commands) serveConfig(f serveFlags, stderr io.Writer) (cfg server.Config, data embedded.Config, log *slog.Logger, err error) {
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
	cfg = server.Config{
		Listen: f.listen, TLSCert: f.tlsCert, TLSKey: f.tlsKey, Insecure: f.insecure,
		Origins: f.origins, EditWindow: f.editWindow, MaxGroup: f.maxGroup,
		AdminListen: f.adminListen, MetricsListen: f.metricsListen,
		OTLP: cmp.Or(f.otlp, a.Env.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")), Version: build.Read().Version,
		Joining: account.Policy{Joining: account.Joining(f.policy), Domains: lower(f.domains)},
	}
	cfg.Proxies.Header = f.proxyHeader
	cfg.Proxies.Nets, err = parseNets(f.trustedProxies)
	note(err)
	note(cfg.Check())
	cfg.Mail, err = f.smtp.sender(a.Env.Getenv)
	note(err)
	data.Data, data.Force = f.data, f.force
	if data.MinFree, err = parseSize(f.minFree); err != nil {
		note(fmt.Errorf("--min-free: %w", err))
	}
	if f.maxGroup == 0 { // a Config's zero is the default
		note(errors.New("--max-group 0: a group has at least 2 members"))
	}
	if f.editWindow == 0 {
		note(errors.New("--edit-window 0s: it is at least a moment, such as 1s"))
	}
	if len(wrong) > 0 {
		return cfg, data, nil, cli.Misused("see chatctl serve --help", "%s", strings.Join(wrong, "; "))
	}
	return cfg, data, a.newLog(stderr, level), nil
}

// parseNets reads networks, and single addresses as networks of one.
func parseNets(list []string) (nets []netip.Prefix, err error) {
	for _, s := range list {
		n, bad := netip.ParsePrefix(s)
		if bad != nil {
			var one netip.Addr
			if one, bad = netip.ParseAddr(s); bad == nil {
				n, bad = one.Prefix(one.BitLen())
			}
		}
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("--trusted-proxy %s is no network such as 10.0.0.0/8", s))
			continue
		}
		nets = append(nets, n.Masked())
	}
	return nets, err
}

func lower(names []string) []string {
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
	}
	return names
}

// newLog writes to w, which leads to stderr: lines for people where that is a
// terminal, else JSON with the names of the Elastic Common Schema. What users wrote is never in them.
func (a *commands) newLog(w io.Writer, level slog.Level) *slog.Logger {
	if cli.Terminal(a.Env.Stderr) {
		color := a.Env.Getenv("NO_COLOR") == "" && a.Env.Getenv("TERM") != "dumb"
		return slog.New(logs.Console(w, level, color))
	}
	return slog.New(logs.ECS(w, level, build.Read().Version))
}
