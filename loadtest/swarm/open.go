package swarm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/chatctl/chatctl/loadtest/socket"
	"golang.org/x/sync/errgroup"
)

// connecting is how many connections are opened at the same time.
const connecting = 64

// Open connects clients and returns once all of them are live.
func (s *Swarm) Open(whole context.Context, cs []*Client) error {
	g, ctx := errgroup.WithContext(whole)
	g.SetLimit(connecting)
	for _, c := range cs {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := s.OpenOne(ctx, c, s.Clock.Now()); err != nil {
				return fmt.Errorf("client %d of %d: %w", c.ID+1, len(s.Clients), err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(whole)
}

// OpenOne connects one client and records how long that took since start. A
// server that is busy is asked again, as it wishes to be (promises, rule 12). Different clients may
// be opened at the same time.
func (s *Swarm) OpenOne(ctx context.Context, c *Client, start time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.cfg.Timeout, fmt.Errorf("not live after %v", s.cfg.Timeout))
	defer cancel()
	for {
		err := s.Attempt(ctx, c)
		var refused *socket.Refused
		if err == nil {
			s.Connect.Add(c.ID, s.Clock.Now()-start)
			return nil
		}
		if !errors.As(err, &refused) || !refused.Busy() {
			return err
		}
		if late := Rest(ctx, max(refused.RetryAfter, 50*time.Millisecond)); late != nil {
			return fmt.Errorf("%w; the last answer: %w", late, err)
		}
	}
}

// Attempt connects one client once and returns when it is live. When it does not
// come so far, nothing of it is left.
func (s *Swarm) Attempt(ctx context.Context, c *Client) error {
	s.Attempts.Add(1)
	conn, err := s.dial(ctx, c)
	if err != nil {
		var refused *socket.Refused
		if errors.As(err, &refused) && refused.Busy() {
			s.Refused.Add(1)
		} else {
			s.Failed.Add(1)
		}
		return err
	}
	up := s.Clock.Now()
	c.begin(conn)
	s.readers.Go(c.read)
	if err = conn.Write(s.Driver.First()); err == nil {
		select {
		case <-c.ready:
			s.Attach.Add(c.ID, s.Clock.Now()-up)
			return nil
		case <-c.Ended:
			err = c.why
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	s.Failed.Add(1)
	c.Leave()
	return err
}

func (s *Swarm) dial(ctx context.Context, c *Client) (*socket.Conn, error) {
	path, protocol, header := s.Driver.Upgrade(c.Who)
	u := *s.cfg.URL
	u.Path = strings.TrimSuffix(u.Path, "/") + path
	o := socket.Options{URL: &u, Protocol: protocol, Header: header, Dial: s.cfg.Dial}
	if c.Slow {
		o.ReadBuffer = slowBuffer
	}
	if n := len(s.cfg.Sources); n > 0 {
		o.Source = s.cfg.Sources[c.ID%n]
	}
	conn, err := socket.Dial(ctx, o)
	if errors.Is(err, syscall.EADDRNOTAVAIL) {
		return nil, fmt.Errorf("%w: name addresses of this machine with --source, more than one for many clients: an address has about 28,000 ports", err)
	}
	return conn, err
}
