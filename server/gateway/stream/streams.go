// Package stream serves what a client keeps open: it signs a socket in, attaches
// it to its person's conversations, takes its frames, and keeps it in step with
// its account and its memberships (wire: Attach, State).
//
// It owns no truth and holds little for each stream: what it loses, the client
// reads again. The sockets themselves and the rooms are the hub's; actions and
// marks go to the intake. All methods may be called concurrently; New starts
// nothing, and Run ends after everything that a stream started has ended.
package stream

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/flight"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/intake"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/presence"
	"golang.org/x/sync/errgroup"
)

// How many streams there may be at one time (security: limits).
const (
	mostPerUser    = 100    // of one account
	mostPerAddress = 10_000 // of one address
	mostStrangers  = 1000   // that have not signed in
	mostUnknown    = 250    // of one address, that have not signed in
	mostHandshakes = 256    // upgrades at one moment
)

// Reader is what streams read of the store; each method is a current read.
type Reader interface {
	hub.Rooms
	// Version is the person's version: raised when their memberships, blocks or own marks change.
	Version(ctx context.Context, user api.UserID) (int64, error)
	// Versions is Version of many at once.
	Versions(ctx context.Context, users []api.UserID) (map[api.UserID]int64, error)
	// Heads lists the person's conversations by ascending id after the given one, those that were left included.
	Heads(ctx context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error)
	// Head is one of them; a Problem not_found when it is not there.
	Head(ctx context.Context, user api.UserID, c api.ConversationID) (api.Head, error)
	// Changes are the heads and blocks whose row was changed above a version, at most limit of each; Version is where to go on.
	Changes(ctx context.Context, user api.UserID, after int64, limit int) (api.Changes, error)
	// Entries is a page of the log after a seq, up to to (0: the end), within what the reader may see.
	Entries(ctx context.Context, user api.UserID, c api.ConversationID, after, to int64, limit int) (api.Page, error)
	// Typist is the member id of a person who may be shown typing in a conversation.
	Typist(ctx context.Context, user api.UserID, c api.ConversationID) (m api.MemberID, ok bool, err error)
	// Acquainted are those of others who share a conversation with a person, with no block between them.
	Acquainted(ctx context.Context, user api.UserID, others []api.UserID) (map[api.UserID]bool, error)
}

// Config is what Streams are made of.
type Config struct {
	Gateway    api.GatewayID
	Epoch      api.Epoch
	Reader     Reader
	Accounts   *account.Service
	Limits     *limit.Limits
	Intake     *intake.Intake
	Live       bus.Live
	MaxGroup   int64                                                     // what the chat service allows, for hello
	EditWindow time.Duration                                             // likewise
	Origins    []string                                                  // allowed Origin host patterns of browsers, beside the own host
	Told       func(person api.UserID, attempt int64, arrived time.Time) // as hub.Config
	Flight     *flight.Recorder
	Log        *slog.Logger
	HubFaults  hub.Faults // zero in production
}

// Streams are the open streams of one gateway.
type Streams struct {
	cfg Config
	hub *hub.Hub

	presence *presence.Board

	handshakes *limit.Door  // upgrades under way
	addresses  *limit.Crowd // streams of each address
	users      *limit.Crowd // streams of each account
	unknown    *limit.Crowd // streams that have not signed in, of each address
	strangers  *strangers   // the same, until they are closed

	mu      sync.Mutex
	streams map[int64]*stream // by number
	next    int64

	background sync.WaitGroup // attaching and publishing
	stopping   chan struct{}
	draining   atomic.Bool // Drain was called
}

// New makes streams that take none before Run.
func New(cfg Config) *Streams {
	ss := &Streams{
		cfg:        cfg,
		handshakes: limit.NewDoor(mostHandshakes, time.Now),
		addresses:  limit.NewCrowd(math.MaxInt, mostPerAddress),
		users:      limit.NewCrowd(math.MaxInt, mostPerUser),
		unknown:    limit.NewCrowd(mostStrangers, mostUnknown),
		strangers:  newStrangers(),
		streams:    map[int64]*stream{},
		stopping:   make(chan struct{}),
	}
	ss.hub = hub.New(hub.Config{
		Live: cfg.Live, Gateway: cfg.Gateway, Rooms: cfg.Reader, Events: events{ss}, Told: cfg.Told, Pushed: cfg.Flight.Pushed, Log: cfg.Log, Faults: cfg.HubFaults,
	})
	ss.presence = presence.New(presence.Config{
		Gateway: cfg.Gateway, Live: cfg.Live, Visible: ss.visible, Log: cfg.Log,
		Here: func(u api.UserID) bool { return len(ss.hub.Person(u)) > 0 },
	})
	return ss
}

// Run serves streams until ctx ends and everything that they started has ended.
func (ss *Streams) Run(ctx context.Context) error {
	grp, ctx := errgroup.WithContext(ctx)
	grp.Go(func() error { return ss.hub.Run(ctx) })
	grp.Go(func() error { return ss.strangers.run(ctx) })
	grp.Go(func() error { return ss.recheckLoop(ctx) })
	grp.Go(func() error { return ss.presence.Run(ctx) })
	grp.Go(func() error {
		<-ctx.Done()
		close(ss.stopping)
		return nil
	})
	err := grp.Wait()
	ss.background.Wait()
	return err
}

// Started is closed once Run takes connections.
func (ss *Streams) Started() <-chan struct{} { return ss.hub.Started() }

// Drain tells the clients to go elsewhere, spread over the time until ctx ends.
func (ss *Streams) Drain(ctx context.Context) error {
	ss.draining.Store(true)
	return ss.hub.Drain(ctx, func(i, n int) time.Duration {
		return time.Duration(1+i%20) * 100 * time.Millisecond // up to 2 s apart: the others take them in gently
	})
}

// Stats is what the hub did until now.
func (ss *Streams) Stats() hub.Stats { return ss.hub.Stats() }

// Len is how many streams are open.
func (ss *Streams) Len() int { return ss.hub.Len() }

// Enter lets a bounded number of handshakes through at one time, without
// waiting: leave must be called once after Open. nil is one too many, who may come
// back later.
func (ss *Streams) Enter() (leave func(), later time.Duration) { return ss.handshakes.Enter() }

// Opening is who opens a stream: somebody who is signed in, or a stranger with
// the zero Principal, whose first frame is to sign in.
type Opening struct {
	Principal session.Principal
	Address   netip.Addr
}

func jitter(most time.Duration) time.Duration { return rand.N(most) }
