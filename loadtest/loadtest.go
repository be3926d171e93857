// Package loadtest measures a chat server from the outside: it plays many
// people, each on a WebSocket of their own, lets some of them send, and counts
// what the others receive and when.
//
// It promises an honest figure. An open loop (Config.Rate) counts each latency
// from the moment that a message was meant to leave, so that a server's stall
// shows in all that waited for it; the raw latency, from when it did leave,
// stands beside it. Receivers count what was lost, came twice or out of order.
// And when the generator itself was the limit, the Summary says so (Valid)
// instead of passing its own limit off as the server's.
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
	"net/netip"
	"net/url"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/swarm"
	"github.com/chatctl/chatctl/server/api"
)

// Scenario names what is played.
type Scenario string

// The scenarios.
const (
	// Fanout: one group of all clients; the senders among them send, everybody
	// receives, the sender included.
	Fanout Scenario = "fanout"
	// Rooms: groups of Members clients each, with senders in every one.
	Rooms Scenario = "rooms"
	// Slow: a fan-out to half of which some readers stop reading; the others'
	// latency before and after is what is measured.
	Slow Scenario = "slow"
	// Direct: each client sends to a peer of its own, who is a connection more.
	Direct Scenario = "direct"
	// Idle: clients without a conversation connect and stay.
	Idle Scenario = "idle"
	// Connect: clients connect, each for the first time or again.
	Connect Scenario = "connect"
	// Reconnect: all clients lose their connections at once and come back.
	Reconnect Scenario = "reconnect"
)

// Drop says who ends the connections of Reconnect.
type Drop string

// The ways to drop.
const (
	ByClients Drop = "clients" // all at once, as when a network fails
	ByServer  Drop = "server"  // it drains and starts again: Target.Restart
)

// Config is one load test.
type Config struct {
	Scenario      Scenario
	Clients       int     // Direct: the senders; there are as many peers besides
	Members       int     // Rooms: of each group
	Senders       int     // Fanout, Rooms, Slow: of each group; 0 is 1
	SlowReaders   int     // Slow: how many of the clients stop reading
	Conversations int     // Connect, Reconnect: of each client
	Drop          Drop    // Reconnect
	Rate          float64 // open loop: deliveries per second, of all senders together; Connect: attaches per second
	Arrivals      plan.Arrivals
	Window        int           // closed loop: messages under way per sender: not yet delivered to all, or in Direct without result; Connect: attaches under way; 0 without a Rate is 1
	Payload       plan.Sizes    // bytes of text
	Ramp          time.Duration // in which the load grows from nothing
	Warmup        time.Duration // sending, after the ramp and before the measuring
	Duration      time.Duration // of the measuring; Slow: of each half; Reconnect: how long they have to come back; 0: Count alone ends it
	Count         int64         // of measured messages, after which the measuring ends if Duration has not ended it; Connect: attaches, 0 is one of each client
	Timeout       time.Duration // for a connection, an answer, and the last deliveries
	Seed          uint64        // of all that is left to chance
	Sources       []netip.Addr  // where clients connect from, in turn; nil is the system's choice
	Thresholds    []measure.Threshold
	Version       string // of the program, for the conditions
	Target        Target
	// Watch is told of each second, from one goroutine; nil: nobody watches.
	Watch func(measure.Point)
	// Wait sleeps until a moment or the context's end; nil is this system's most
	// precise way. Tests with a clock of their own set it.
	Wait func(ctx context.Context, until time.Time)
}

// Target is the server under test.
type Target struct {
	URL *url.URL // http or https; nothing else is dialled
	// People makes n throw-away accounts.
	People func(ctx context.Context, n int) ([]api.Credential, error)
	// Remove takes them away after the test, with what they did; nil: nothing is removed.
	Remove func(ctx context.Context, people []api.Credential) error
	// Restart drains the server, starts it again at the same URL, and returns its
	// process once it is ready; nil: it cannot be restarted.
	Restart func(ctx context.Context) (pid int, err error)
	// PID is the server's process when it runs on this machine, else 0.
	PID int
	// SharesCores: the server may run on the generator's own cores.
	SharesCores bool
	// Dial makes connections; nil is TCP.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// removing bounds how long people are taken away, also after an interruption.
const removing = 5 * time.Minute

// ErrLeft says that people of a test could not be taken away and stay at the server.
var ErrLeft = errors.New("people of the test stay at the server")

// Run plays one test against c.Target and sums it up. It closes every connection
// that it opened before it returns. When ctx ends while it measures, which is an
// error, the summary is of what there was until then, and says so (Interrupted).
// One whose Scenario is empty has no figures; ErrLeft is told beside whole ones.
func Run(ctx context.Context, c Config) (sum measure.Summary, err error) {
	if err := c.Check(); err != nil {
		return sum, err
	}
	c = c.complete()
	s := &test{cfg: c, Swarm: swarm.New(c.swarm())}
	defer func() {
		if left := c.Target.Clear(ctx, s.People); left != nil {
			err = left // that ctx has ended, its owner knows
		}
	}()
	defer s.Close()
	stop := s.Sampling()
	err = scenarios[c.Scenario].play(ctx, s)
	points := stop()
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil && (ctx.Err() == nil || s.end.At.IsZero()) {
		return sum, err
	}
	s.Close() // the readers have ended: their ledgers are ours
	sum = s.summary()
	sum.Series = points
	if sum.Interrupted = err != nil; sum.Interrupted {
		return sum, err // no demand is judged by half a test
	}
	for _, t := range c.Thresholds {
		sum.Thresholds = append(sum.Thresholds, t.Judge(sum))
	}
	return sum, nil
}

// test is one run. begin and end belong to the goroutine that plays.
type test struct {
	*swarm.Swarm
	cfg           Config
	begin, end    machine.Use // at both ends of the measuring
	perConnection int64       // idle: bytes of the server
	perClient     int64       // idle: bytes of the generator
	perSocket     int64       // idle: bytes of the kernel
	back          *measure.Reconnect
}

func (c Config) swarm() swarm.Config {
	s := swarm.Config{
		URL: c.Target.URL, People: c.Target.People, Dial: c.Target.Dial, Sources: c.Sources,
		PID: c.Target.PID, SharesCores: c.Target.SharesCores,
		Timeout: c.Timeout, Payload: c.Payload, Window: c.Window, Seed: c.Seed, Watch: c.Watch, Wait: c.Wait,
	}
	if scenarios[c.Scenario].sends {
		s.Count = c.Count
	}
	return s
}

// complete fills in what a Config may leave out.
func (c Config) complete() Config {
	shape := scenarios[c.Scenario]
	if c.Senders == 0 && shape.groups {
		c.Senders = 1
	}
	if c.Members == 0 && shape.groups {
		c.Members = c.Clients
	}
	if c.Rate == 0 && c.Window == 0 && (shape.sends || c.Scenario == Connect) {
		c.Window = 1
	}
	if c.Count == 0 && c.Scenario == Connect {
		c.Count = int64(c.Clients)
	}
	if c.Wait == nil {
		c.Wait = machine.Wait
	}
	if c.Sources == nil {
		c.Sources = sources(c.Target.URL, c.connections())
	}
	return c
}

// Clear takes people away, within a bounded time, also when ctx has ended. An
// error is ErrLeft.
func (t Target) Clear(ctx context.Context, people []api.Credential) error {
	if t.Remove == nil || len(people) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removing)
	defer cancel()
	if err := t.Remove(ctx, people); err != nil {
		return fmt.Errorf("%w: removing %s and %d more: %w", ErrLeft, people[0].Handle, len(people)-1, err)
	}
	return nil
}
