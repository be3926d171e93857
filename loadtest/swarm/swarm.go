// Package swarm is the clients of one load test: each a person on a WebSocket
// that one goroutine reads, some with a Sender beside. It connects them, sends
// what it is told is due, repairs gaps as every client of the server does, and
// counts. What is played, and what the counts say, is decided elsewhere.
//
// A Swarm's counters and recorders may be read at any time. Its other fields and
// its methods belong to the goroutine that plays, but where a method says
// otherwise. Close ends every goroutine that it started.
package swarm

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
)

// minting is how many people are asked for at once: a server makes them in one transaction.
const minting = 500

// enlisting bounds how long all of them are made.
const enlisting = 10 * time.Minute

// Config is what a Swarm must know of its test and of the server.
type Config struct {
	URL         *url.URL
	People      func(ctx context.Context, n int) ([]api.Credential, error)
	Dial        func(ctx context.Context, network, addr string) (net.Conn, error) // nil is TCP
	Sources     []netip.Addr                                                      // to connect from, in turn; nil: the system's choice
	PID         int                                                               // the server's process, or 0
	SharesCores bool                                                              // it may run on the generator's own cores
	Timeout     time.Duration                                                     // for a connection and for an answer
	Payload     plan.Sizes
	Window      int    // closed loop: messages under way per sender; 0 is an open loop
	Count       int64  // measured messages that may leave; 0: no bound
	Seed        uint64 // of the sizes
	Watch       func(measure.Point)
	Wait        func(ctx context.Context, until time.Time)
}

// Swarm is all clients of one test, and what they share.
type Swarm struct {
	Driver     wire.Driver
	Clock      Clock
	People     []api.Credential
	Clients    []*Client
	Senders    []*Sender
	PerMessage int64 // deliveries that a message should have
	Times
	Counts
	Span
	// Dropping: connections end because they are meant to.
	Dropping atomic.Bool

	cfg     Config
	phase   atomic.Pointer[measure.Phase]
	process atomic.Int64 // the server's
	readers sync.WaitGroup
	closing atomic.Bool
	resume  chan struct{} // closed when slow readers read again
	resumed sync.Once
}

// Times are the durations that are recorded.
type Times struct {
	Latency, Raw      *measure.Recorder // of deliveries: from when they were due, and from when they left
	Baseline          *measure.Recorder // of those that were due before slow readers stopped
	Connect, Attach   *measure.Recorder
	Accepted, Results *measure.Recorder
	Lag               *measure.Recorder // of sends, by the generator's own fault
}

// Counts are what was counted so far.
type Counts struct {
	Fresh, InTime           atomic.Int64 // deliveries: all, and those within the Span
	Left, LeftInTime        atomic.Int64 // messages: all, and those within the Span
	Live                    atomic.Int64 // connections now
	Lagging                 atomic.Int64 // times that a reader was told that its queue was dropped
	SlowLagging, SlowClosed atomic.Int64 // slow readers to whom that happened, or whom the server closed
	Attempts                atomic.Int64 // to connect
	Refused, Failed         atomic.Int64 // of those: sent away by a busy server; otherwise in vain
	Waited                  atomic.Int64 // attaches of an open loop that were due while their client's last was under way
	Errors                  atomic.Int64
	FirstError              atomic.Pointer[string]
}

// Span bounds what is measured, by the swarm's Clock. Base and From are zero
// before it is known; they are one but where slow readers read in between.
type Span struct {
	Base, From, Until atomic.Int64
	Spent             chan struct{} // closed when Config.Count messages have left

	quota atomic.Int64
}

// New makes a swarm without people. It starts nothing.
func New(c Config) *Swarm {
	recorder := func() *measure.Recorder { return measure.NewRecorder(machine.Cores()) }
	s := &Swarm{cfg: c, Driver: wire.Chatctl{}, Clock: Clock{base: time.Now(), wait: c.Wait}, resume: make(chan struct{})}
	s.Times = Times{recorder(), recorder(), recorder(), recorder(), recorder(), recorder(), recorder(), recorder()}
	s.Spent = make(chan struct{})
	s.quota.Store(c.Count)
	s.process.Store(int64(c.PID))
	s.Enter(measure.Connecting)
	return s
}

// Enter says what the test does from now on.
func (s *Swarm) Enter(p measure.Phase) { s.phase.Store(&p) }

// PID is the server's process, or 0. It may be called at any time.
func (s *Swarm) PID() int { return int(s.process.Load()) }

// Restarted says that the server is another process now.
func (s *Swarm) Restarted(pid int) { s.process.Store(int64(pid)) }

// Fail counts one error; the first is told in words. It may be called at any time.
func (s *Swarm) Fail(why string) {
	s.Errors.Add(1)
	s.FirstError.CompareAndSwap(nil, &why)
}

func (s *Swarm) measureFrom() time.Duration { return time.Duration(s.From.Load()) }

// within reports whether a moment belongs to the Span.
func (s *Span) within(at time.Duration) bool {
	return int64(at) >= s.From.Load() && int64(at) < s.Until.Load()
}

// arrived counts what one read brought to a client. Fresh comes last: when all
// have come the test is over, and is summed up.
func (s *Swarm) arrived(c *Client) {
	if s.within(c.at) {
		s.InTime.Add(c.fresh)
	}
	s.Latency.Add(c.ID, c.lats...)
	s.Raw.Add(c.ID, c.raws...)
	if len(c.before) > 0 {
		s.Baseline.Add(c.ID, c.before...)
	}
	s.Fresh.Add(c.fresh)
}

// leaves counts messages that are being written.
func (s *Swarm) leaves(at time.Duration, n int64) {
	s.Left.Add(n)
	if s.within(at) {
		s.LeftInTime.Add(n)
	}
}

// Grant reports whether a message that is due may still leave (Config.Count). It
// may be called at any time.
func (s *Swarm) Grant(due time.Duration) bool {
	if s.cfg.Count == 0 || due < s.measureFrom() {
		return true
	}
	left := s.quota.Add(-1)
	if left == 0 {
		s.Until.Store(int64(s.Clock.Now()))
		close(s.Spent)
	}
	return left >= 0
}

// Enlist makes the accounts of n clients, which are not connected yet. When ctx
// ends it still learns of those that are being made: somebody has to remove them.
func (s *Swarm) Enlist(ctx context.Context, n int) error {
	if err := machine.RoomFor(n); err != nil {
		return err
	}
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx), enlisting)
	defer cancel()
	for len(s.People) < n && ctx.Err() == nil {
		ps, err := s.cfg.People(whole, min(n-len(s.People), minting))
		if err != nil {
			return fmt.Errorf("making %s: %w", plural.Of(n, "person", "people"), err)
		}
		if len(ps) == 0 {
			return errors.New("making people: the server made none")
		}
		s.People = append(s.People, ps...)
	}
	for i, p := range s.People {
		s.Clients = append(s.Clients, &Client{swarm: s, ID: i, Who: p, seen: -1})
	}
	return context.Cause(ctx)
}

// Close ends every connection and waits for the readers. It may be called again.
func (s *Swarm) Close() {
	s.closing.Store(true)
	s.LetRead()
	for _, c := range s.Clients {
		if c.conn != nil {
			c.conn.Close() // what it has to complain about is of no interest any more
		}
	}
	s.readers.Wait()
}

// LetRead lets slow readers read again. It may be called again.
func (s *Swarm) LetRead() { s.resumed.Do(func() { close(s.resume) }) }
