package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/socket"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
	"golang.org/x/sync/errgroup"
)

// connecting is how many connections are opened at the same time.
const connecting = 64

// minting is how many people are asked for at once: a server makes them in one transaction.
const minting = 500

// swarm is all clients of one test, and what they share.
type swarm struct {
	cfg     Config
	driver  wire.Driver
	clock   clock
	clients []*client
	senders []*sender
	readers sync.WaitGroup
	closing atomic.Bool

	latency, connect, accepted, results, lag *measure.Recorder

	// from and until bound what is measured; they are zero before the pump starts.
	from, until   atomic.Int64
	inTime, fresh atomic.Int64 // deliveries between from and until; all of them
	leftInTime    atomic.Int64 // messages that left between from and until
	lagging       atomic.Int64
	errors        atomic.Int64
	firstError    atomic.Pointer[string]
	begin, end    machine.Use // at both ends of the measuring
	perConnection int64       // idle: bytes of the server
	perSocket     int64       // idle: bytes of the kernel
}

func newSwarm(c Config) *swarm {
	n := machine.Cores()
	return &swarm{cfg: c, driver: wire.Chatctl{}, clock: clock{base: time.Now(), wait: c.Wait},
		latency: measure.NewRecorder(n), connect: measure.NewRecorder(n), accepted: measure.NewRecorder(n),
		results: measure.NewRecorder(n), lag: measure.NewRecorder(n)}
}

func (s *swarm) measureFrom() time.Duration { return time.Duration(s.from.Load()) }

// fail counts one error; the first is told in words.
func (s *swarm) fail(why string) {
	s.errors.Add(1)
	s.firstError.CompareAndSwap(nil, &why)
}

// arrived counts what one read brought to a client.
func (s *swarm) arrived(worker int, at time.Duration, n int64, lats []time.Duration) {
	s.fresh.Add(n)
	if at := int64(at); at >= s.from.Load() && at < s.until.Load() {
		s.inTime.Add(n)
	}
	s.latency.Add(worker, lats...)
}

// left counts messages that are being written.
func (s *swarm) left(at time.Duration, n int64) {
	if at := int64(at); at >= s.from.Load() && at < s.until.Load() {
		s.leftInTime.Add(n)
	}
}

// people makes the accounts of n clients, which are not connected yet.
func (s *swarm) people(ctx context.Context, n int) error {
	if err := machine.RoomFor(n); err != nil {
		return err
	}
	for len(s.clients) < n {
		ps, err := s.cfg.Target.People(ctx, min(n-len(s.clients), minting))
		if err != nil {
			return fmt.Errorf("making %d people: %w", n, err)
		}
		if len(ps) == 0 {
			return errors.New("making people: the server made none")
		}
		for _, p := range ps {
			s.clients = append(s.clients, &client{swarm: s, id: len(s.clients), who: p, ready: make(chan struct{}), seen: -1})
		}
	}
	return nil
}

// open connects clients and returns once all of them are live.
func (s *swarm) open(whole context.Context, cs []*client) error {
	g, ctx := errgroup.WithContext(whole)
	g.SetLimit(connecting)
	for _, c := range cs {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := s.openOne(ctx, c); err != nil {
				return fmt.Errorf("client %d of %d: %w", c.id+1, len(s.clients), err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(whole)
}

func (s *swarm) openOne(ctx context.Context, c *client) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, fmt.Errorf("not live after %v", s.cfg.Timeout))
	defer cancel()
	start := s.clock.now()
	conn, err := s.dial(ctx, c.who)
	if err != nil {
		return err
	}
	c.conn = conn
	ended := make(chan error, 1)
	s.readers.Go(func() {
		err := c.read()
		ended <- err
		if !s.closing.Load() {
			s.fail(fmt.Sprintf("client %d: %v", c.id+1, err))
		}
	})
	if err := conn.Write(s.driver.First()); err != nil {
		return err
	}
	select {
	case <-c.ready:
		s.connect.Add(c.id, s.clock.now()-start)
		return nil
	case err := <-ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// dial connects one person. A server that is busy is asked again, as it wishes
// to be (promises, rule 12), until ctx ends.
func (s *swarm) dial(ctx context.Context, p api.Credential) (*socket.Conn, error) {
	path, protocol, header := s.driver.Upgrade(p)
	u := *s.cfg.Target.URL
	u.Path = strings.TrimSuffix(u.Path, "/") + path
	o := socket.Options{URL: &u, Protocol: protocol, Header: header, Dial: s.cfg.Target.Dial}
	for {
		conn, err := socket.Dial(ctx, o)
		var refused *socket.Refused
		if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable && refused.Status != http.StatusTooManyRequests {
			return conn, err
		}
		t := time.NewTimer(max(refused.RetryAfter, 50*time.Millisecond))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, fmt.Errorf("%w; the last answer: %w", context.Cause(ctx), err)
		}
	}
}

// close ends every connection and waits for the readers. It may be called again.
func (s *swarm) close() {
	s.closing.Store(true)
	for _, c := range s.clients {
		if c.conn != nil {
			c.conn.Close() // what it has to complain about is of no interest any more
		}
	}
	s.readers.Wait()
}
