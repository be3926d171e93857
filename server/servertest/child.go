package servertest

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/bus/jetstream"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/go-json-experiment/json"
)

// childVariable holds the options of a child server, as JSON.
const childVariable = "CHATCTL_SERVERTEST"

// Options say how a server under test differs from one in production.
type Options struct {
	Data    string // default: a directory of the test
	Listen  string // default: a free port
	MinFree int64
	Force   bool
	Limits  bool // rate limits as in production
	Roles   []server.Role
	second  bool     // not the first gateway on these engines
	Wrapper []string // a command that runs the child server
	Origins []string // allowed to browsers
	Edits   int64    // hours for which a message can be edited; 0: as in production

	Change  func(*server.Config) `json:"-"` // of a server in this process
	Hangup  <-chan os.Signal     `json:"-"` // of a server in this process
	Roots   *x509.CertPool       `json:"-"` // whom its people trust
	Log     *slog.Logger         `json:"-"` // of a server in this process; default: warnings to the test
	OnFrame func(b []byte)       `json:"-"` // is shown each frame that a person receives

	Bus        bus.Faults
	Chat       chat.Faults
	JetStream  jetstream.Faults
	PurgeBytes int64 // the log is purged when so much may go; 0: as in production
	FailOpen   bool  // rooms push what comes, gaps or not
	LoseLive   int   // every n-th live entry is lost
	LookEvery  int   // milliseconds between two looks of the accounts at how far chat is; 0: as in production
}

// Main runs the child server that the environment asks for, or the tests,
// which a *testing.M runs.
func Main(m interface{ Run() int }) {
	if o := os.Getenv(childVariable); o != "" {
		os.Exit(child(o))
	}
	os.Exit(m.Run())
}

func child(options string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var o Options
	err := json.Unmarshal([]byte(options), &o)
	if err == nil {
		err = serve(ctx, o, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), func(url, socket string) {
			fmt.Printf("ready %s %s\n", url, socket)
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		return 1
	}
	return 0
}

// serve is what `chatctl serve` does, with faults.
func serve(ctx context.Context, o Options, log *slog.Logger, ready func(url, socket string)) (err error) {
	engines, err := openEngines(ctx, o, log)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := engines.Close(); err == nil {
			err = cerr
		}
	}()
	return serveOn(ctx, engines, o, log, ready)
}

func openEngines(ctx context.Context, o Options, log *slog.Logger) (*embedded.Engines, error) {
	return embedded.OpenEngines(ctx, embedded.Config{Data: o.Data, MinFree: o.MinFree, Force: o.Force, PurgeBytes: o.PurgeBytes, Faults: o.JetStream}, log)
}

func serveOn(ctx context.Context, engines *embedded.Engines, o Options, log *slog.Logger, ready func(url, socket string)) error {
	socket, err := engines.AdminSocket(os.Getenv)
	if err != nil {
		return err
	}
	if o.second {
		socket += "2"
	}
	cfg := server.Config{Listen: o.Listen, AdminSocket: socket, Roles: o.Roles, Origins: o.Origins, Unlimited: !o.Limits, Version: "test"}
	cfg.EditWindow = time.Duration(o.Edits) * time.Hour
	cfg.Faults = server.Faults{Bus: o.Bus, Chat: o.Chat}
	cfg.Faults.Hash = account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1} // else most of a test's time goes there
	cfg.Faults.Look = time.Duration(o.LookEvery) * time.Millisecond
	cfg.Faults.Hub.RoomsFailOpen = o.FailOpen
	cfg.Faults.Hub.DropLive = loseEvery(o.LoseLive)
	if o.Change != nil {
		o.Change(&cfg)
	}
	srv, err := server.New(ctx, cfg, engines.Server(), log)
	if err != nil {
		return err
	}
	srv.Hangup = o.Hangup
	srv.Ready = func() { ready(srv.URL(), socket) }
	return srv.Run(ctx)
}
