package loadtest

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
	"golang.org/x/sync/errgroup"
)

// asking is how many actions are under way while conversations are made.
const asking = 100

// fanout makes one group of everybody. Members are added before they connect,
// so that a group of N does not cost N² deliveries before the test starts.
func fanout(ctx context.Context, s *swarm) error {
	if err := s.people(ctx, s.cfg.Clients); err != nil {
		return err
	}
	create, group := s.driver.Group(s.clients[0].who, ownActions)
	for _, c := range s.clients {
		c.ledger = measure.NewLedger(0, s.cfg.Senders)
		c.room.Store(&group)
		if c.id < s.cfg.Senders {
			c.out = newSender(s, c, wire.Address{Conversation: group}, delivery, s.cfg.Clients)
			s.senders = append(s.senders, c.out)
		}
	}
	if err := s.open(ctx, s.clients[:1]); err != nil {
		return err
	}
	if err := s.makeGroup(ctx, create, group); err != nil {
		return err
	}
	if err := s.open(ctx, s.clients[1:]); err != nil {
		return err
	}
	return s.play(ctx)
}

func (s *swarm) makeGroup(ctx context.Context, id api.ActionID, group api.ConversationID) error {
	handles := make([]string, len(s.clients))
	for i, c := range s.clients {
		handles[i] = c.who.Handle
	}
	first := handles[1:min(len(handles), 1+api.MaxGroupCreate)]
	later := handles[1+len(first):]
	owner := s.senders[0]
	create := func(int) api.Action {
		return api.Action{ID: id, Type: api.CreateGroup, Name: "load test", Members: first}
	}
	if err := owner.ask(ctx, 1, 1, create); err != nil {
		return fmt.Errorf("making the group: %w", err)
	}
	err := owner.ask(ctx, len(later), asking, func(i int) api.Action {
		return api.Action{Type: api.AddMember, Conversation: group, To: later[i]}
	})
	if err != nil {
		return fmt.Errorf("adding members: %w", err)
	}
	return nil
}

// direct pairs each client with a peer. Each pair's conversation is made by a
// first message before the peer connects: what is measured is sending, not that.
func direct(ctx context.Context, s *swarm) error {
	n := s.cfg.Clients
	if err := s.people(ctx, 2*n); err != nil {
		return err
	}
	for i, c := range s.clients[:n] {
		peer := s.clients[n+i]
		peer.ledger = measure.NewLedger(i, 1)
		c.out = newSender(s, c, wire.Address{Handle: peer.who.Handle}, result, 1)
		s.senders = append(s.senders, c.out)
	}
	if err := s.open(ctx, s.clients[:n]); err != nil {
		return err
	}
	if err := s.greet(ctx); err != nil {
		return fmt.Errorf("sending the first messages: %w", err)
	}
	if err := s.open(ctx, s.clients[n:]); err != nil {
		return err
	}
	return s.play(ctx)
}

func (s *swarm) greet(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(asking)
	for _, snd := range s.senders {
		g.Go(func() error {
			return snd.ask(ctx, 1, 1, func(int) api.Action {
				return api.Action{Type: api.SendMessage, To: snd.to.Handle, Text: "hello"}
			})
		})
	}
	return g.Wait()
}

// idle connects everybody and lets them be.
func idle(ctx context.Context, s *swarm) error {
	if err := s.people(ctx, s.cfg.Clients); err != nil {
		return err
	}
	before := machine.Take(s.cfg.Target.PID)
	if err := s.open(ctx, s.clients); err != nil {
		return err
	}
	start := s.clock.now() + s.cfg.Warmup
	if err := s.watch(ctx, start, start+s.cfg.Duration); err != nil {
		return err
	}
	s.perSocket = s.end.Kernel.PerSocket(before.Kernel)
	if s.end.ServerRSS > 0 && before.ServerRSS > 0 {
		s.perConnection = (s.end.ServerRSS - before.ServerRSS) / int64(len(s.clients))
	}
	return nil
}

// play pumps, with gaps being repaired meanwhile.
func (s *swarm) play(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		s.sweep(ctx)
	}()
	defer func() { cancel(); <-swept }()
	return s.pump(ctx, s.receivers())
}

// receivers is how many deliveries a message has.
func (s *swarm) receivers() int {
	switch s.cfg.Scenario {
	case Fanout:
		return s.cfg.Clients
	case Direct:
		return 1
	}
	return 0
}

// sendersTo are those whose messages c should get.
func (s *swarm) sendersTo(c *client) []*sender {
	if s.cfg.Scenario == Direct {
		i := c.id - len(s.senders)
		return s.senders[i : i+1]
	}
	return s.senders
}
