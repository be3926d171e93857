package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/witness"
	"github.com/chatctl/chatctl/server/gateway/admin"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/ops/health"
	"golang.org/x/sync/errgroup"
)

// mostAtWork is how many connections the administration over the network takes:
// strangers reach its listener too, and its files are the log's as well.
const mostAtWork = 128

// frontend is the gateway role with its listeners.
type frontend struct {
	gateway  *gateway.Gateway
	accounts *account.Service
	witness  *witness.Watcher
	look     time.Duration               // how often it does
	begin    func(context.Context) error // of what administrators ask
	health   *health.Health
	limits   *limit.Limits
	public   *http.Server
	admin    *http.Server // on the socket
	office   *http.Server // the administration over the network
	counted  *http.Server // /metrics alone
	metrics  string       // where that listens; empty: nowhere
	open     *openConns   // of public
	atWork   *openConns   // of office
	socket   string
}

func newFrontend(ctx context.Context, s *Server) (*frontend, error) {
	f := &frontend{look: cmp.Or(s.cfg.Faults.Look, witness.Every), socket: s.cfg.AdminSocket, metrics: s.cfg.MetricsListen}
	letters, box := s.cfg.Mail, admin.Mailbox(nil)
	if letters == nil {
		letters, box = s.engines.Mailbox, s.engines.Mailbox
	}
	if err := f.openAccounts(ctx, s, letters); err != nil {
		return nil, err
	}
	limits := s.cfg.Limits
	limits.Unlimited = limits.Unlimited || s.cfg.Unlimited
	f.limits = limit.New(limits)
	var err error
	if f.gateway, err = gateway.New(ctx, f.gatewayConfig(s)); err != nil {
		return nil, err
	}
	f.health = health.New(
		health.Check{Name: "log", Fn: func(context.Context) error { return s.bus.Ready() }},
		health.Check{Name: "store", Fn: func(ctx context.Context) error { _, err := s.chat.Epoch(ctx); return err }},
		health.Check{Name: "disk", Fn: func(context.Context) error { return s.engines.Admit() }},
		health.Check{Name: "encryption", Fn: func(context.Context) error { return nil }, Note: s.encryption()},
	)
	operation := newOperation(s)
	f.begin = operation.begin
	f.makeServers(s, f.adminConfig(s, operation, box))
	return f, nil
}

// openAccounts makes the accounts and brings their database up to date.
func (f *frontend) openAccounts(ctx context.Context, s *Server, letters mail.Sender) error {
	f.accounts = account.New(account.Config{
		DB: s.engines.Accounts, Mail: letters, Joining: s.cfg.Joining, Hash: s.cfg.Faults.Hash, Log: s.log, Now: time.Now,
		Publish: func(ctx context.Context, recs []bus.Record) error { return s.bus.Publish(ctx, topic.Accounts, recs) },
		Applied: s.applied,
		Erase:   erasure.Chat{Conversations: s.chat.Heads, Erase: f.erase},
	})
	if err := s.upgrade(ctx, "accounts", s.engines.Accounts, f.accounts.Migrate); err != nil {
		return fmt.Errorf("accounts' database: %w", err)
	}
	if err := refuseOlderAccounts(ctx, s.engines.Chat, s.engines.Accounts); err != nil {
		return fmt.Errorf("accounts' database: %w", err)
	}
	if err := refuseOlderChat(ctx, s.engines.Chat, s.engines.Accounts); err != nil {
		return fmt.Errorf("chat's database: %w", err)
	}
	f.witness = newWatcher(s.engines, s.log)
	return f.putFirst(ctx, s.cfg.FirstFile)
}

func (f *frontend) gatewayConfig(s *Server) gateway.Config {
	config := gateway.Config{
		Reader: s.chat, Accounts: f.accounts, Limits: f.limits, Live: s.engines.Live,
		Publish: s.bus.Publish, Partitions: 1, Admit: s.engines.Admit,
		MaxGroup: s.cfg.MaxGroup, EditWindow: s.cfg.EditWindow,
		Proxies: s.cfg.Proxies, Origins: s.cfg.Origins, Log: s.log, HubFaults: s.cfg.Faults.Hub,
		FirstTaken: func() { f.firstTaken(s.cfg.FirstFile, s.log) },
	}
	if s.tracer != nil { // a nil *traces.Tracer is no nil Tracer
		config.Tracer = s.tracer
	}
	return config
}

func (f *frontend) adminConfig(s *Server, o *operation, box admin.Mailbox) admin.Config {
	return admin.Config{
		Accounts: f.accounts, Mailbox: box, Held: s.chat.Held, HeldAt: s.chat.HeldAt, Reports: s.chat, Conversations: s.chat,
		Connections: f.gateway.Streams(), Actions: s.chat, Way: f.gateway.Way, Act: f.gateway.Administer, LogState: s.logState,
		Settings: s.cfg.Settings, Stats: o.stats, Backup: o.backup, Erased: o.erased, Log: s.log,
		Status: func(ctx context.Context) any {
			return struct {
				Version     string   `json:"version"`
				URL         string   `json:"url"`
				AdminURL    string   `json:"admin_url,omitempty"`
				Roles       []string `json:"roles"`
				Connections int      `json:"connections"`

				Health health.Answer `json:"health"`
			}{s.cfg.Version, s.URL(), s.AdminURL(), s.Roles(), f.gateway.Connections(), f.health.Ask(ctx)}
		},
	}
}

// makeServers makes a server for each listener.
func (f *frontend) makeServers(s *Server, office admin.Config) {
	public := http.NewServeMux()
	public.Handle("/", f.gateway.Handler())
	public.Handle("GET /livez", f.health.Livez())
	public.Handle("GET /readyz", f.health.Readyz())
	f.public = httpServer(public, s.log)
	f.open = &openConns{most: mostConnections(), streams: f.gateway.Connections, log: s.log}
	f.public.ConnState = f.open.changed
	counted := http.NewServeMux()
	counted.Handle("GET /metrics", s.metrics.Handler())
	f.counted = httpServer(counted, s.log)
	private := http.NewServeMux()
	private.Handle("GET /metrics", s.metrics.Handler())
	private.Handle("/", admin.New(office))
	f.admin = httpServer(private, s.log)
	f.office = httpServer(admin.Remote(office), s.log)
	f.atWork = &openConns{most: mostAtWork, streams: func() int { return 0 }, log: s.log}
	f.office.ConnState = f.atWork.changed
}

// run serves the listeners and the gateway until ctx ends; ready is called once they take requests.
func (f *frontend) run(ctx context.Context, public, office net.Listener, ready func()) error {
	private, counted, err := f.listen()
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return f.accounts.Run(ctx) })
	g.Go(func() error { return f.witness.Run(ctx, f.look) })
	g.Go(func() error { return f.begin(ctx) })
	g.Go(func() error { return f.gateway.Run(ctx) })
	g.Go(func() error { return releaseMemory(ctx, f.gateway.Connections) })
	listeners := map[*http.Server]net.Listener{f.public: f.open.bound(public), f.admin: private, f.counted: counted}
	if office != nil {
		listeners[f.office] = f.atWork.bound(office)
	}
	for srv, l := range listeners {
		if l != nil {
			g.Go(func() error { return serve(srv, l) })
		}
	}
	g.Go(func() error {
		<-ctx.Done()
		return errors.Join(f.public.Close(), f.admin.Close(), f.counted.Close(), f.office.Close())
	})
	g.Go(func() error {
		select {
		case <-f.gateway.Started():
			if ready != nil {
				ready()
			}
		case <-ctx.Done():
		}
		return nil
	})
	return g.Wait()
}

// serve serves a listener until the server is closed or shut down.
func serve(srv *http.Server, l net.Listener) error {
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listen opens the administration's socket and the metrics' listener, each where it is asked for.
func (f *frontend) listen() (private, counted net.Listener, err error) {
	if f.socket != "" {
		if private, err = listenUnix(f.socket); err != nil {
			return nil, nil, err
		}
	}
	if f.metrics == "" {
		return private, nil, nil
	}
	if counted, err = net.Listen("tcp", f.metrics); err != nil {
		err = fmt.Errorf("--metrics-listen %s: %w", f.metrics, err)
		if private != nil {
			err = errors.Join(err, private.Close())
		}
		return nil, nil, err
	}
	return private, counted, nil
}

// listenUnix listens on a socket that only its owner can open. The data
// directory's lock is held: a socket that lies there is left over from a process that was killed.
func listenUnix(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("administration socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil { // the directory is 0700: nobody was able to come between
		return nil, errors.Join(fmt.Errorf("administration socket: %w", err), l.Close())
	}
	return l, nil
}
