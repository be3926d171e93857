// Package loadtest measures a chat server from the outside: it plays many
// people, each on a WebSocket of their own, lets some of them send, and counts
// what the others receive and when.
//
// It promises an honest figure. An open loop (Config.Rate) counts each latency
// from the moment that a message was meant to leave, so that a server's stall
// shows in all that waited for it. Receivers count what was lost, came twice or
// out of order. And when the generator itself was the limit, the Summary says so
// (Valid) instead of passing its own limit off as the server's.
//
// A client repairs gaps as every client of this server does, by pulling; what
// came that way is delivered, late, and counted as repaired.
//
// Run may be called concurrently, but two tests in one process measure each other.
package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
)

// Scenario names what is played.
type Scenario string

// The scenarios.
const (
	// Fanout: one group of all clients; the senders among them send, everybody
	// receives, the sender included.
	Fanout Scenario = "fanout"
	// Direct: each client sends to a peer of its own, who is a connection more.
	Direct Scenario = "direct"
	// Idle: clients without a conversation connect and stay.
	Idle Scenario = "idle"
)

// Config is one load test.
type Config struct {
	Scenario Scenario
	Clients  int     // Direct: the senders; there are as many peers besides
	Senders  int     // Fanout only; 0 is 1
	Rate     float64 // open loop: deliveries per second, so Rate/Clients messages in Fanout
	Window   int     // closed loop: messages under way per sender: not yet delivered to all (Fanout) or without result (Direct)
	Duration time.Duration
	Warmup   time.Duration // sending before the measuring starts
	Timeout  time.Duration // for a connection, an answer, and the last deliveries
	Payload  int           // bytes of text
	Version  string        // of the program, for the conditions
	Target   Target
	// Wait sleeps until a moment or the context's end; nil is this system's most
	// precise way. Tests with a clock of their own set it.
	Wait func(ctx context.Context, until time.Time)
}

// Target is the server under test.
type Target struct {
	URL *url.URL // http or https; nothing else is dialled
	// People makes n throw-away accounts.
	People func(ctx context.Context, n int) ([]api.Credential, error)
	// PID is the server's process when it runs on this machine, else 0.
	PID int
	// SharesCores: the server may run on the generator's own cores.
	SharesCores bool
	// Dial makes connections; nil is TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Bounds of a test, so that it ends and fits.
const (
	maxClients  = 50_000
	maxMessages = 1 << 31
	maxTracks   = 20_000_000 // receivers times senders: 48 bytes of ledger each
	maxDuration = 24 * time.Hour
)

// Check joins all that is wrong with c, in the words of the command's flags.
func (c Config) Check() error {
	var all []error
	bad := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	sends := c.Scenario == Fanout || c.Scenario == Direct
	bad(!sends && c.Scenario != Idle, "%q is not a scenario: fanout, direct or idle", c.Scenario)
	bad(c.Clients < 1 || c.Clients > maxClients, "--clients %d: between 1 and %d", c.Clients, maxClients)
	bad(c.Scenario == Fanout && c.Clients > api.MaxGroup, "--clients %d: a group has at most %d members", c.Clients, api.MaxGroup)
	bad(c.Senders != 0 && c.Scenario != Fanout, "--senders: only with fanout; every client of direct is a sender")
	bad(c.Senders < 0 || c.Senders > c.Clients, "--senders %d: between 1 and --clients", c.Senders)
	bad(c.Scenario == Fanout && c.Senders*c.Clients > maxTracks, "--senders %d times --clients %d: at most %d", c.Senders, c.Clients, maxTracks)
	bad(c.Duration <= 0 || c.Duration > maxDuration, "--duration %v: more than 0 and at most %v", c.Duration, maxDuration)
	bad(c.Warmup < 0 || c.Warmup > maxDuration, "--warmup %v: at most %v", c.Warmup, maxDuration)
	bad(c.Timeout <= 0, "--timeout %v: more than 0", c.Timeout)
	if sends {
		bad((c.Rate > 0) == (c.Window > 0), "either --rate (deliveries per second) or --window (messages under way per sender)")
		bad(c.Rate < 0 || c.Rate*(c.Duration+c.Warmup).Seconds() > maxMessages, "--rate %v: more than 0, and at most %d deliveries in all", c.Rate, int64(maxMessages))
		bad(c.Window < 0 || c.Window > 100_000, "--window %d: between 1 and 100000", c.Window)
		bad(c.Payload < wire.MinPayload || c.Payload > api.MaxText, "--payload %d: between %d and %d bytes", c.Payload, wire.MinPayload, api.MaxText)
	} else {
		bad(c.Rate != 0 || c.Window != 0, "--rate and --window: idle clients send nothing")
	}
	return errors.Join(all...)
}

// Run plays one test against c.Target and sums it up. It closes every connection
// that it opened before it returns, also when ctx ends, which is an error: half
// a test has no figures.
func Run(ctx context.Context, c Config) (measure.Summary, error) {
	if err := c.Check(); err != nil {
		return measure.Summary{}, err
	}
	if c.Senders == 0 && c.Scenario == Fanout {
		c.Senders = 1
	}
	if c.Wait == nil {
		c.Wait = machine.Wait
	}
	s := newSwarm(c)
	defer s.close()
	play := map[Scenario]func(context.Context, *swarm) error{Fanout: fanout, Direct: direct, Idle: idle}[c.Scenario]
	if err := play(ctx, s); err != nil {
		return measure.Summary{}, err
	}
	s.close() // the readers have ended: their ledgers are ours
	return s.summary(), nil
}
