package loadtest

import (
	"context"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/swarm"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"golang.org/x/sync/errgroup"
)

// connect lets clients connect until Count attaches were made, and counts each
// from the moment for which it was meant. Who is connected already leaves first.
// Whose last attach is still under way when the next is due waits for it: that is
// no lag of the generator, counts in the time of the attach, and is told (Waited).
func connect(ctx context.Context, s *test) error {
	if err := s.acquaint(ctx); err != nil {
		return err
	}
	s.Connect.Reset() // who made the conversations is no client
	s.Attach.Reset()
	before := machine.Take(0)
	s.Enter(measure.Measuring)
	s.From.Store(int64(s.Clock.Now()))
	s.begin = machine.Take(s.PID())
	err := s.attaches(ctx)
	s.end = machine.Take(s.PID())
	s.perClient = max(0, s.end.SelfRSS-before.SelfRSS) / int64(len(s.Clients))
	if err == nil && ctx.Err() == nil && s.Connect.Count() == 0 {
		return fmt.Errorf("nobody could connect: %s", *s.FirstError.Load())
	}
	return err
}

func (s *test) attaches(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	turns := make([]turn, len(s.Clients))
	for i := range turns {
		turns[i] = make(turn, 1)
	}
	again := func(k int64, due time.Duration) {
		c := s.Clients[k%int64(len(s.Clients))]
		g.Go(func() error {
			if s.cfg.Window == 0 {
				s.Lag.Add(c.ID, s.Clock.Now()-due) // first: what follows waits for the server
			}
			waited, err := turns[c.ID].take(gctx)
			if err != nil {
				return err
			}
			defer turns[c.ID].give()
			if s.cfg.Window > 0 {
				due = s.Clock.Now()
			} else if waited {
				s.Waited.Add(1)
			}
			c.Leave()
			if err := s.OpenOne(gctx, c, due); err != nil && gctx.Err() == nil {
				s.Fail(fmt.Sprintf("client %d: %v", c.ID+1, err))
			}
			return gctx.Err()
		})
	}
	if s.cfg.Window > 0 {
		g.SetLimit(s.cfg.Window)
		for k := int64(0); k < s.cfg.Count && gctx.Err() == nil; k++ {
			again(k, s.Clock.Now())
		}
		return g.Wait()
	}
	p := plan.Pace{Start: s.Clock.Now(), Ramp: s.cfg.Ramp, Rate: s.cfg.Rate, Arrivals: s.cfg.Arrivals}
	k := int64(0)
	for due := range p.Due(plan.Dice(s.cfg.Seed, 0)) {
		if k == s.cfg.Count || gctx.Err() != nil {
			break
		}
		s.Clock.Sleep(gctx, due)
		again(k, due)
		k++
	}
	return g.Wait()
}

// turn is one client's, which connects for one attach at a time.
type turn chan struct{}

// take waits until it is nobody else's, and tells whether it had to. The error is ctx's.
func (t turn) take(ctx context.Context) (waited bool, _ error) {
	select {
	case t <- struct{}{}:
		return false, nil
	default:
	}
	select {
	case t <- struct{}{}:
		return true, nil
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

func (t turn) give() { <-t }

// acquaint makes the clients, and gives each its conversations: groups of all of
// them that somebody made who is no client.
func (s *test) acquaint(ctx context.Context) error {
	n := s.cfg.Clients
	if s.cfg.Conversations == 0 {
		return s.Enlist(ctx, n)
	}
	if err := s.Enlist(ctx, n+1); err != nil {
		return err
	}
	host := s.Clients[n]
	s.Clients = s.Clients[:n]
	s.NewSender(host, wire.Address{}, swarm.Results)
	if err := s.OpenOne(ctx, host, s.Clock.Now()); err != nil {
		return err
	}
	defer host.Leave()
	return s.makeConversations(ctx, host)
}

func (s *test) makeConversations(ctx context.Context, host *swarm.Client) error {
	var handles []string
	for _, c := range s.Clients {
		handles = append(handles, c.Who.Handle)
	}
	now := handles[:min(len(handles), api.MaxGroupCreate)]
	later := handles[len(now):]
	ids := make([]api.ConversationID, s.cfg.Conversations)
	err := host.Out.Ask(ctx, len(ids), asking, func(i int) api.Action {
		var create api.ActionID
		create, ids[i] = s.Driver.Group(host.Who, int64(swarm.OwnActions+i))
		return api.Action{ID: create, Type: api.CreateGroup, Name: fmt.Sprintf("load test %d", i+1), Members: now}
	})
	if err == nil {
		err = host.Out.Ask(ctx, len(ids)*len(later), asking, func(i int) api.Action {
			return api.Action{Type: api.AddMember, Conversation: ids[i/len(later)], To: later[i%len(later)]}
		})
	}
	if err != nil {
		return fmt.Errorf("making %s: %w", plural.Of(len(ids), "conversation"), err)
	}
	return nil
}
