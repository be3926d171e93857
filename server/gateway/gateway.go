// Package gateway is the only thing a client ever talks to: it authenticates,
// validates, limits and publishes what clients ask for, serves reads, and pushes
// what happens to the sockets of its hub.
//
// It keeps nothing durable of its own but accounts. An action that it accepted
// (202, or an accepted frame) is on the log (promise A1); what becomes of it is
// decided by the chat service and comes back over the live channel, or is read
// from the store. All methods may be called concurrently.
package gateway

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"golang.org/x/sync/errgroup"
)

// Config is what a gateway is made of.
type Config struct {
	Reader     Reader
	Accounts   *account.Service
	Limits     *limit.Limits
	Live       bus.Live
	Publish    func(ctx context.Context, topic string, recs []bus.Record) error
	Partitions int           // of actions.chat
	Admit      func() error  // why new work is refused now (disk), or nil
	MaxGroup   int64         // what the chat service allows, for hello
	EditWindow time.Duration // likewise
	Proxies    Proxies       // whose word is taken about a client's address
	Origins    []string      // allowed Origin host patterns of browsers, beside the own host
	FirstTaken func()        // called when somebody became the first administrator; may be nil
	Log        *slog.Logger
	HubFaults  hub.Faults // zero in production
}

// Gateway is one gateway process.
type Gateway struct {
	Config
	id      api.GatewayID
	hub     *hub.Hub
	epoch   api.Epoch
	marks   *marks
	waiting *waiting

	handshakes gate         // upgrades under way
	addresses  *limit.Crowd // streams of each address
	users      *limit.Crowd // streams of each account
	unknown    *limit.Crowd // streams that have not signed in, of each address
	strangers  *strangers   // the same, until they are closed

	attempts atomic.Int64 // of HTTP requests; those of streams carry their connection's number above

	mu      sync.Mutex
	streams map[int64]*stream // by number
	next    int64

	accepted, signInsFailed atomic.Uint64 // Stats

	background sync.WaitGroup // attaching and publishing for streams
	drained    chan struct{}  // closed once the clients were sent away: requests wait for nothing more
	drainOnce  sync.Once
	stopping   chan struct{}
}

// New makes a gateway that does nothing before Run.
func New(ctx context.Context, cfg Config) (*Gateway, error) {
	epoch, err := cfg.Reader.Epoch(ctx)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		Config:  cfg,
		id:      api.NewGatewayID(),
		epoch:   epoch,
		waiting: newWaiting(),

		handshakes: newGate(mostHandshakes),
		addresses:  limit.NewCrowd(math.MaxInt, mostPerAddress),
		users:      limit.NewCrowd(math.MaxInt, mostPerUser),
		unknown:    limit.NewCrowd(mostStrangers, mostUnknown),
		strangers:  newStrangers(),

		streams:  map[int64]*stream{},
		drained:  make(chan struct{}),
		stopping: make(chan struct{}),
	}
	g.attempts.Store(firstRequest)
	g.marks = newMarks(g.publishMarks, cfg.Log)
	g.hub = hub.New(hub.Config{
		Live: cfg.Live, Gateway: g.id, Rooms: cfg.Reader, Events: events{g}, Log: cfg.Log, Faults: cfg.HubFaults,
	})
	return g, nil
}

// Run works until ctx ends and everything it started has ended. Requests are
// served by Handler from when Run was called; Drain comes before ctx ends.
func (g *Gateway) Run(ctx context.Context) error {
	grp, ctx := errgroup.WithContext(ctx)
	grp.Go(func() error { return g.hub.Run(ctx) })
	grp.Go(func() error { return g.marks.run(ctx) })
	grp.Go(func() error { return g.strangers.run(ctx) })
	grp.Go(func() error { return g.recheckLoop(ctx) })
	grp.Go(func() error {
		<-ctx.Done()
		close(g.stopping)
		return nil
	})
	err := grp.Wait()
	g.background.Wait()
	return err
}

// Started is closed once Run takes connections.
func (g *Gateway) Started() <-chan struct{} { return g.hub.Started() }

// Drain tells the clients to go elsewhere, spread over the time until ctx ends,
// and lets go the requests that wait for a result (promises, rule 13). The marks
// that wait are written when Run ends: requests may still bring some.
func (g *Gateway) Drain(ctx context.Context) error {
	err := g.hub.Drain(ctx, func(i, n int) time.Duration {
		return time.Duration(1+i%20) * 100 * time.Millisecond // up to 2 s apart: the others take them in gently
	})
	g.drainOnce.Do(func() { close(g.drained) })
	return err
}

// Handler serves the public API.
func (g *Gateway) Handler() http.Handler { return g.handler() }

// Stats counts what a gateway did.
type Stats struct {
	hub.Stats
	Accepted      uint64 // actions (promise A1)
	SignInsFailed uint64 // wrong credentials, or refused after too many of them
}

// Stats is what g did until now.
func (g *Gateway) Stats() Stats {
	return Stats{g.hub.Stats(), g.accepted.Load(), g.signInsFailed.Load()}
}

// Connections is how many sockets are open.
func (g *Gateway) Connections() int { return g.hub.Len() }
