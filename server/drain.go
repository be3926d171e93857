package server

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api/topic"
	"golang.org/x/sync/errgroup"
)

// How the 25 seconds of promises, rule 13, are shared out.
const (
	drainClients  = 8 * time.Second
	drainRequests = 5 * time.Second
	drainWitness  = 2 * time.Second
	drainTraces   = 2 * time.Second
)

// errDrained ends what still runs once everything has been drained in order.
var errDrained = errors.New("drained")

// Run serves until ctx ends, then drains: not ready, no new connections, clients
// told to go elsewhere, requests answered, marks written, batches finished. It
// returns nil after a drain, else why it could not go on.
func (s *Server) Run(ctx context.Context) error {
	background := context.WithoutCancel(ctx)
	workers, workersCtx := errgroup.WithContext(background)
	workersCtx, stopWorkers := context.WithCancel(workersCtx)
	defer stopWorkers()
	s.work(workersCtx, workers)
	front, frontCtx := errgroup.WithContext(workersCtx)
	frontCtx, stopFront := context.WithCancel(frontCtx)
	defer stopFront()
	if s.pair != nil {
		front.Go(func() error { return s.pair.Run(frontCtx, s.Hangup) })
	}
	if s.gateway != nil {
		front.Go(func() error { return s.runGateway(frontCtx) })
	}
	front.Go(func() error {
		select {
		case <-ctx.Done():
			s.drainFront(background)
			return errDrained
		case <-frontCtx.Done():
			return nil
		}
	})
	frontErr := front.Wait()
	stopFront()
	stopWorkers()
	workersErr := workers.Wait()
	if errors.Is(frontErr, errDrained) || errors.Is(frontErr, context.Canceled) {
		frontErr = nil
	}
	if errors.Is(workersErr, context.Canceled) {
		workersErr = nil
	}
	if s.gateway != nil && frontErr == nil && workersErr == nil {
		last, cancel := context.WithTimeout(background, drainWitness)
		workersErr = s.gateway.witness.Look(last)
		cancel()
	}
	if err := s.closeTracer(background); err != nil {
		s.log.WarnContext(background, "the last traces were not sent", "err", err)
	}
	return errors.Join(frontErr, workersErr, s.closeListeners())
}

// work starts what handles the log.
func (s *Server) work(ctx context.Context, g *errgroup.Group) {
	g.Go(func() error { return s.engines.Run(ctx) })
	if s.cfg.has(Chat) {
		g.Go(func() error { return s.bus.Consume(ctx, topic.ActionsChat, s.chat.Actions()) })
		g.Go(func() error { return s.bus.Consume(ctx, topic.Accounts, s.chat.Accounts()) })
		g.Go(func() error { return s.chat.Run(ctx) })
	}
}

// runGateway lets people in once chat's store knows them.
func (s *Server) runGateway(ctx context.Context) error {
	if err := s.tellAccounts(ctx); err != nil {
		return err
	}
	if err := s.gateway.witness.Look(ctx); err != nil {
		return err
	}
	return s.gateway.run(ctx, s.listener, s.office, s.Ready)
}

// closeTracer sends the last traces, for a moment.
func (s *Server) closeTracer(ctx context.Context) error {
	if s.tracer == nil {
		return nil
	}
	last, cancel := context.WithTimeout(ctx, drainTraces)
	defer cancel()
	return s.tracer.Close(last)
}

// tellAccounts lets chat's store know of every account before anyone is served,
// if it is not the store that was told (promises, rule 22).
func (s *Server) tellAccounts(ctx context.Context) error {
	epoch, err := s.chat.Epoch(ctx)
	if err != nil {
		return err
	}
	return s.gateway.accounts.TellAnew(ctx, epoch)
}

// drainFront ends the gateway's work in an order that loses nothing.
func (s *Server) drainFront(ctx context.Context) {
	if s.gateway == nil {
		return
	}
	s.log.InfoContext(ctx, "draining", "connections", s.gateway.gateway.Connections())
	s.gateway.health.SetDraining()
	clients, cancel := context.WithTimeout(ctx, drainClients)
	defer cancel()
	if err := s.gateway.gateway.Drain(clients); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.log.WarnContext(ctx, "draining the connections", "err", err)
	}
	requests, cancel := context.WithTimeout(ctx, drainRequests)
	defer cancel()
	if err := s.gateway.public.Shutdown(requests); err != nil {
		s.log.WarnContext(ctx, "requests were cut short", "err", err)
	}
}
