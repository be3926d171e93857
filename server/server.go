// Package server puts the chosen roles on a log, a live channel and their
// databases, and runs them as one process.
//
// Engines says what they stand on: the embedded ones, or others; this package
// knows no engine by name. New starts nothing; Run serves until its context ends
// and drains before it returns (promises, rule 13).
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/gateway/rest"
	"github.com/chatctl/chatctl/server/ops/keypair"
	"github.com/chatctl/chatctl/server/ops/telemetry/metrics"
	"github.com/chatctl/chatctl/server/ops/telemetry/traces"
	"github.com/chatctl/chatctl/server/store"
)

// Engines is what the roles stand on. Who opened them closes them, after Run.
type Engines struct {
	Chat, Accounts store.DB
	// OpenLog opens the log with the topics as the store knows them; once a process.
	OpenLog func(ctx context.Context, topics []LogTopic) (bus.Engine, error)
	Live    bus.Live
	Mailbox Mailbox
	// Admit says why new work is refused now (too little free disk), or nil.
	Admit func() error
	// Full frees what is kept for finishing accepted work when a database is full.
	Full func()
	// FreeDisk is what can still be written, in bytes; it may be nil.
	FreeDisk func() (int64, error)
	// Room says why a backup of both databases does not fit into a directory, or nil.
	Room func(dir string) error
	// Disk tells how much lies on the disk; it may be nil.
	Disk func() ([]api.Usage, error)
	// Run watches over the engines until ctx ends; its error ends the process (promises, rule 20).
	Run func(ctx context.Context) error
}

// LogTopic is a topic as the store knows it: where its handling stands, and of which log.
type LogTopic struct {
	Name        string
	Partitions  int
	LogID       string
	Created     bool
	Pos         int64
	Published   int64
	MarkCreated func(context.Context) error
	// AcceptLoss: the log may be made anew, going on after Pos, whatever was
	// lost; MarkLost then notes in the store that nothing below Pos will come again.
	AcceptLoss bool
	MarkLost   func(context.Context) error
}

// Mailbox keeps letters where no mail server is configured.
type Mailbox interface {
	mail.Sender
	List(to string, after int64, limit int) ([]api.Letter, error)
}

// Config says how to serve. The zero value of everything but the addresses is usable.
type Config struct {
	Listen        string // host:port of the public API
	TLSCert       string // PEM file; with TLSKey the public API is served over TLS
	TLSKey        string
	Insecure      bool         // reach beyond loopback without TLS
	Proxies       rest.Proxies // whose word is taken about a client's address
	OTLP          string       // URL of an OpenTelemetry collector that gets traces; empty: none are made
	MetricsListen string       // host:port on loopback that serves /metrics besides the administration socket
	AdminSocket   string       // path of the administration API's unix socket
	AdminListen   string       // host:port of the administration API for accounts with the grant admin; empty: not over the network
	FirstFile     string       // where the one-time token for the first administrator is put; empty: nowhere
	Roles         []Role       // default: all
	Origins       []string
	Unlimited     bool // no rate limits
	Limits        limit.Config
	EditWindow    time.Duration  // how long a message can be edited; api.EditWindow when 0
	MaxGroup      int64          // members of a group; api.MaxGroup when 0
	Joining       account.Policy // who may sign up
	Mail          mail.Sender    // nil: the engines' mailbox
	Version       string
	Settings      []api.Setting // where all this is from, for administrators

	// Faults break promises on purpose; only tests set them.
	Faults Faults
}

// Faults are switches of the packages that keep a promise, for tests that show
// that breaking it is noticed.
type Faults struct {
	Bus  bus.Faults
	Chat chat.Faults
	Hub  hub.Faults
	Hash account.HashParams // what a password costs; zero: what it has to
	Look time.Duration      // how often the accounts look how far chat is; zero: as often as they have to
}

// Check reports everything that is wrong with c, in the user's words.
func (c *Config) Check() error {
	var errs []error
	host, _, err := net.SplitHostPort(c.Listen)
	switch {
	case err != nil:
		errs = append(errs, fmt.Errorf("--listen %q is not HOST:PORT", c.Listen))
	case !loopback(host) && c.TLSCert == "" && !c.Insecure:
		errs = append(errs, fmt.Errorf("--listen %s reaches beyond loopback, where passwords would travel unencrypted: add --tls-cert and --tls-key, or --insecure if something else encrypts", c.Listen))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("--tls-cert and --tls-key go together"))
	}
	if h := c.Proxies.Header; h != "" && !strings.EqualFold(h, "X-Forwarded-For") && !strings.EqualFold(h, "Forwarded") {
		errs = append(errs, fmt.Errorf("--proxy-header %s is not X-Forwarded-For or Forwarded", h))
	}
	for _, o := range c.Origins {
		if _, err := path.Match(o, ""); err != nil {
			errs = append(errs, fmt.Errorf("--origin %q is no pattern of hosts, such as chat.example.org or *.example.org", o))
		}
	}
	if u, err := url.Parse(c.OTLP); c.OTLP != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		errs = append(errs, errors.New("--otlp-endpoint is not the URL of a collector, such as http://127.0.0.1:4318"))
	}
	if host, _, err := net.SplitHostPort(c.MetricsListen); c.MetricsListen != "" && (err != nil || !loopback(host)) {
		errs = append(errs, fmt.Errorf("--metrics-listen %s is not HOST:PORT on loopback: what a server counts is for its operators", c.MetricsListen))
	}
	if c.EditWindow < 0 {
		errs = append(errs, fmt.Errorf("--edit-window %v: it is not negative", c.EditWindow))
	}
	if c.MaxGroup < 0 || c.MaxGroup == 1 {
		errs = append(errs, fmt.Errorf("--max-group %d: a group has at least 2 members", c.MaxGroup))
	}
	if host, _, err := net.SplitHostPort(c.AdminListen); c.AdminListen != "" {
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("--admin-listen %q is not HOST:PORT", c.AdminListen))
		case !loopback(host) && c.TLSCert == "": // not with --insecure either: what travels there is worth more
			errs = append(errs, fmt.Errorf("--admin-listen %s reaches beyond loopback, where tokens would travel unencrypted: add --tls-cert and --tls-key", c.AdminListen))
		}
	}
	if err := c.Joining.Check(); err != nil {
		errs = append(errs, fmt.Errorf("--signup-policy: %w", err))
	}
	for _, r := range c.Roles {
		if err := r.check(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Server is one process of roles.
type Server struct {
	cfg     Config
	engines *Engines
	log     *slog.Logger

	chat    *chat.Service
	bus     *bus.Log
	metrics *metrics.Metrics
	tracer  *traces.Tracer // nil: no traces
	gateway *frontend      // nil without the role

	listener net.Listener
	pair     *keypair.Pair // nil without TLS
	office   net.Listener  // of the administration over the network, or nil

	// Ready is called once by Run when the server takes requests, if it is set.
	Ready func()
	// Hangup makes Run look at the certificate's files at once; it may be nil.
	Hangup <-chan os.Signal
}

// New opens the log and builds the roles. It listens, but serves nothing before Run.
func New(ctx context.Context, cfg Config, engines *Engines, log *slog.Logger) (*Server, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if len(cfg.Roles) == 0 {
		cfg.Roles = allRoles
	}
	cfg.EditWindow = cmp.Or(cfg.EditWindow, api.EditWindow)
	cfg.MaxGroup = cmp.Or(cfg.MaxGroup, api.MaxGroup)
	s := &Server{cfg: cfg, engines: engines, log: log}
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.closeListeners(), s.closeTracer(ctx))
	}
	return s, nil
}

// build makes what s is of. What it has opened when it fails is closed by New.
func (s *Server) build(ctx context.Context) (err error) {
	if s.cfg.TLSCert != "" {
		if s.pair, err = keypair.Load(s.cfg.TLSCert, s.cfg.TLSKey, s.log); err != nil {
			return fmt.Errorf("--tls-cert: %w", err)
		}
	}
	s.metrics = metrics.New(metrics.Config{Version: s.cfg.Version, Topics: topics, Read: s.reading})
	var span func(parent, name string, began, ended time.Time)
	if s.cfg.OTLP != "" {
		if s.tracer, err = traces.Open(ctx, s.cfg.OTLP, s.cfg.Version, s.log); err != nil {
			return fmt.Errorf("--otlp-endpoint: %w", err)
		}
		span = s.tracer.Span
	}
	s.chat = newChat(s.cfg, s.engines, s.log, s.decided, span)
	if err := s.upgrade(ctx, "chat", s.engines.Chat, s.chat.Migrate); err != nil {
		return fmt.Errorf("chat's database: %w", err)
	}
	logs, err := logTopics(ctx, s.chat)
	if err != nil {
		return err
	}
	engine, err := s.engines.OpenLog(ctx, logs)
	if err != nil {
		return err
	}
	s.bus = bus.New(engine, s.log, bus.Options{Observer: s.metrics, Faults: s.cfg.Faults.Bus})
	if !s.cfg.has(Gateway) {
		return nil
	}
	if s.gateway, err = newFrontend(ctx, s); err != nil {
		return err
	}
	return s.listen()
}

// listen opens what is served to the network.
func (s *Server) listen() (err error) {
	if s.listener, err = s.open("--listen", s.cfg.Listen); err == nil && s.cfg.AdminListen != "" {
		s.office, err = s.open("--admin-listen", s.cfg.AdminListen)
	}
	return err
}

func (s *Server) open(flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", flag, address, err)
	}
	if s.pair != nil {
		l = tls.NewListener(l, s.pair.Config())
	}
	return l, nil
}

// closeListeners closes those that are open still: who serves one closes it.
func (s *Server) closeListeners() error {
	var errs []error
	for _, l := range []net.Listener{s.listener, s.office} {
		if l == nil {
			continue
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// URL is where the public API is served; empty without the gateway role.
func (s *Server) URL() string {
	if s.listener == nil {
		return ""
	}
	return s.scheme() + s.listener.Addr().String()
}

func (s *Server) scheme() string {
	if s.pair != nil {
		return "https://"
	}
	return "http://"
}

// upgrade brings a database to what this program works with, and tells of it.
func (s *Server) upgrade(ctx context.Context, name string, db store.DB, migrate func(context.Context) error) error {
	before, err := store.SchemaVersion(ctx, db)
	if err == nil {
		err = migrate(ctx)
	}
	if err != nil {
		return err
	}
	after, err := store.SchemaVersion(ctx, db)
	if err == nil && after != before {
		s.log.InfoContext(ctx, "schema upgraded", "database", name, "from", before, "to", after)
	}
	return err
}

// encryption says how the public API is protected.
func (s *Server) encryption() string {
	host, _, _ := net.SplitHostPort(s.cfg.Listen)
	switch {
	case s.pair != nil:
		return "TLS 1.2 or later"
	case loopback(host):
		return "none: loopback only"
	}
	return "none, and it reaches beyond loopback (--insecure): passwords travel unencrypted unless a proxy encrypts"
}

// AdminURL is where the administration is served over the network; empty where it is not.
func (s *Server) AdminURL() string {
	if s.office == nil {
		return ""
	}
	return s.scheme() + s.office.Addr().String()
}

// Roles are the roles that this process runs.
func (s *Server) Roles() []string {
	names := make([]string, len(s.cfg.Roles))
	for i, r := range s.cfg.Roles {
		names[i] = string(r)
	}
	return names
}

func newChat(cfg Config, engines *Engines, log *slog.Logger, decided func(api.Outcome, api.Reason, int), span func(parent, name string, began, ended time.Time)) *chat.Service {
	return chat.New(chat.Config{
		DB: engines.Chat, Live: engines.Live, Log: log, Now: time.Now, OnFull: engines.Full, Decided: decided, Span: span,
		EditWindow: cfg.EditWindow, MaxGroup: cfg.MaxGroup, Faults: cfg.Faults.Chat,
	})
}

// httpServer is a server with the limits of every listener (security: limits).
func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute, // above the longest wait for a result and for the log
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    12 << 10,                                          // net/http adds 4 KiB of its own: 16 KiB in all
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // net/http's lines are about clients' mistakes
	}
}
