// Package gateway is the only thing a client ever talks to: it authenticates,
// validates, limits and publishes what clients ask for, serves reads, and pushes
// what happens to the sockets of its hub.
//
// It keeps nothing durable of its own but accounts. An action that it accepted
// (202, or an accepted frame) is on the log (promise A1); what becomes of it is
// decided by the chat service and comes back over the live channel, or is read
// from the store. This package puts the rooms below together: rest answers
// requests, stream keeps what stays open, both hand actions to the intake. All
// methods may be called concurrently.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/flight"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/chatctl/chatctl/server/gateway/intake"
	"github.com/chatctl/chatctl/server/gateway/limit"
	"github.com/chatctl/chatctl/server/gateway/rest"
	"github.com/chatctl/chatctl/server/gateway/stream"
	"golang.org/x/sync/errgroup"
)

// Reader is chat's own read code, handed to the gateway by the composition: no
// call between services, and no statement of the gateway on chat's tables.
type Reader interface {
	Epoch(ctx context.Context) (api.Epoch, error)
	rest.Reader
	stream.Reader
}

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
	Proxies    rest.Proxies  // whose word is taken about a client's address
	Origins    []string      // allowed Origin host patterns of browsers, beside the own host
	FirstTaken func()        // called when somebody became the first administrator; may be nil
	Tracer     intake.Tracer // nil: no traces
	Log        *slog.Logger
	HubFaults  hub.Faults // zero in production
}

// Gateway is one gateway process.
type Gateway struct {
	intake  *intake.Intake
	flight  *flight.Recorder
	streams *stream.Streams
	rest    *rest.Server
}

// New makes a gateway that does nothing before Run.
func New(ctx context.Context, cfg Config) (*Gateway, error) {
	epoch, err := cfg.Reader.Epoch(ctx)
	if err != nil {
		return nil, err
	}
	id := api.NewGatewayID()
	recorder := flight.New(id)
	in := intake.New(intake.Config{
		Gateway: id, Reader: cfg.Reader, Accounts: cfg.Accounts, Limits: cfg.Limits,
		Publish: cfg.Publish, Partitions: cfg.Partitions, Admit: cfg.Admit, Tracer: cfg.Tracer, Log: cfg.Log,
	})
	streams := stream.New(stream.Config{
		Gateway: id, Epoch: epoch, Reader: cfg.Reader, Accounts: cfg.Accounts, Limits: cfg.Limits, Intake: in, Live: cfg.Live,
		MaxGroup: cfg.MaxGroup, EditWindow: cfg.EditWindow, Origins: cfg.Origins, Told: in.Told(), Flight: recorder, Log: cfg.Log, HubFaults: cfg.HubFaults,
	})
	return &Gateway{intake: in, flight: recorder, streams: streams, rest: rest.New(rest.Config{
		Reader: cfg.Reader, Accounts: cfg.Accounts, Limits: cfg.Limits, Intake: in, Streams: streams, Flight: recorder,
		Proxies: cfg.Proxies, FirstTaken: cfg.FirstTaken, Log: cfg.Log,
	})}, nil
}

// Run works until ctx ends and everything it started has ended. Requests are
// served by Handler from when Run was called; Drain comes before ctx ends.
func (g *Gateway) Run(ctx context.Context) error {
	grp, ctx := errgroup.WithContext(ctx)
	grp.Go(func() error { return g.streams.Run(ctx) })
	grp.Go(func() error { return g.intake.Run(ctx) })
	return grp.Wait()
}

// Started is closed once Run takes connections.
func (g *Gateway) Started() <-chan struct{} { return g.streams.Started() }

// Drain tells the clients to go elsewhere, spread over the time until ctx ends,
// and lets go the requests that wait for a result (promises, rule 13). The marks
// that wait are written when Run ends: requests may still bring some.
func (g *Gateway) Drain(ctx context.Context) error {
	err := g.streams.Drain(ctx)
	g.intake.Release()
	return err
}

// Handler serves the public API.
func (g *Gateway) Handler() http.Handler { return g.rest.Handler() }

// Administer puts an administrator's action on a held record or a report on the
// log and waits for its result. Its conversation's partition decides.
func (g *Gateway) Administer(ctx context.Context, e *topic.Envelope) (api.Result, error) {
	return g.intake.Administer(ctx, e)
}

// Stats counts what a gateway did.
type Stats struct {
	hub.Stats
	Accepted      uint64 // actions (promise A1)
	SignInsFailed uint64 // wrong credentials, or refused after too many of them
}

// Stats is what g did until now.
func (g *Gateway) Stats() Stats {
	return Stats{g.streams.Stats(), g.intake.Accepted(), g.rest.SignInsFailed()}
}

// Connections is how many sockets are open.
func (g *Gateway) Connections() int { return g.streams.Len() }

// Streams are the open ones, as administrators see them.
func (g *Gateway) Streams() *stream.Streams { return g.streams }

// Way is what this gateway remembers of an entry: its pushes, and which devices acknowledged it.
func (g *Gateway) Way(c api.ConversationID, seq int64) api.Way { return g.flight.Way(c, seq) }
