package loadtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatctl/chatctl/loadtest/machine"
	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/swarm"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
	"golang.org/x/sync/errgroup"
)

// shape is what a scenario is made of.
type shape struct {
	play    func(context.Context, *test) error
	sends   bool // messages: it needs a rate or a window
	groups  bool // in groups
	metrics []string
}

var (
	faults    = []string{"lost", "duplicated", "out_of_order", "errors", "repaired"}
	delivered = append([]string{"latency", "raw", "connect", "attach", "accepted", "result", "deliveries", "messages"}, faults...)
	connected = []string{"connect", "attach", "errors"}
)

// scenarios is the table of what can be played.
var scenarios = map[Scenario]shape{
	Fanout:    {groups, true, true, delivered},
	Rooms:     {groups, true, true, delivered},
	Slow:      {groups, true, true, append([]string{"slowdown"}, delivered...)},
	Direct:    {direct, true, false, delivered},
	Idle:      {idle, false, false, connected},
	Connect:   {connect, false, false, connected},
	Reconnect: {reconnect, false, false, append([]string{"back", "calm"}, connected...)},
}

// Measures tells whether a scenario has figures of a metric (measure.Threshold).
func (s Scenario) Measures(metric string) bool {
	return slices.Contains(scenarios[s].metrics, metric)
}

func scenarioNames() string {
	var all []string
	for _, s := range slices.Sorted(maps.Keys(scenarios)) {
		all = append(all, string(s))
	}
	return strings.Join(all, ", ")
}

// asking is how many actions are under way while conversations are made.
const asking = 100

// group is one group of the test.
type group struct {
	create  api.ActionID
	id      api.ConversationID
	members []*swarm.Client
	senders []*swarm.Sender // the first of the members
}

// groups makes one group of every Members clients. Members are added before they
// connect, so that a group of N does not cost N² deliveries before the test starts.
func groups(ctx context.Context, s *test) error {
	if err := s.Enlist(ctx, s.cfg.Clients); err != nil {
		return err
	}
	s.PerMessage = int64(s.cfg.Members - s.cfg.SlowReaders)
	var all []*group
	for members := range slices.Chunk(s.Clients, s.cfg.Members) {
		all = append(all, s.newGroup(members))
	}
	owners, others := split(s.Clients, func(c *swarm.Client) bool { return c.ID%s.cfg.Members == 0 })
	if err := s.Open(ctx, owners); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(asking)
	for _, one := range all {
		g.Go(func() error { return s.makeGroup(gctx, one) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := s.Open(ctx, others); err != nil {
		return err
	}
	return s.playOn(ctx)
}

func (s *test) newGroup(members []*swarm.Client) *group {
	g := &group{members: members}
	g.create, g.id = s.Driver.Group(members[0].Who, swarm.OwnActions)
	first := len(s.Senders)
	for _, c := range members[:s.cfg.Senders] {
		s.Senders = append(s.Senders, s.NewSender(c, wire.Address{Conversation: g.id}, swarm.Deliveries))
	}
	g.senders = s.Senders[first:]
	for i, c := range members {
		c.In(g.id)
		if c.Slow = i >= int(s.PerMessage); c.Slow {
			continue
		}
		c.Hears, c.Ledger = g.senders, measure.NewLedger(first, s.cfg.Senders)
	}
	return g
}

func split(cs []*swarm.Client, is func(*swarm.Client) bool) (yes, no []*swarm.Client) {
	for _, c := range cs {
		if is(c) {
			yes = append(yes, c)
		} else {
			no = append(no, c)
		}
	}
	return yes, no
}

func (s *test) makeGroup(ctx context.Context, g *group) error {
	var handles []string
	for _, c := range g.members[1:] {
		handles = append(handles, c.Who.Handle)
	}
	now := handles[:min(len(handles), api.MaxGroupCreate)]
	later := handles[len(now):]
	owner := g.senders[0]
	create := func(int) api.Action {
		return api.Action{ID: g.create, Type: api.CreateGroup, Name: "load test", Members: now}
	}
	if err := owner.Ask(ctx, 1, 1, create); err != nil {
		return fmt.Errorf("making a group: %w", err)
	}
	err := owner.Ask(ctx, len(later), asking, func(i int) api.Action {
		return api.Action{Type: api.AddMember, Conversation: g.id, To: later[i]}
	})
	if err != nil {
		return fmt.Errorf("adding members: %w", err)
	}
	return nil
}

// direct pairs each client with a peer. Each pair's conversation is made by a
// first message before the peer connects: what is measured is sending, not that.
func direct(ctx context.Context, s *test) error {
	n := s.cfg.Clients
	if err := s.Enlist(ctx, 2*n); err != nil {
		return err
	}
	s.PerMessage = 1
	for i, c := range s.Clients[:n] {
		peer := s.Clients[n+i]
		s.Senders = append(s.Senders, s.NewSender(c, wire.Address{Handle: peer.Who.Handle}, swarm.Results))
		peer.Hears, peer.Ledger = []*swarm.Sender{c.Out}, measure.NewLedger(i, 1)
	}
	if err := s.Open(ctx, s.Clients[:n]); err != nil {
		return err
	}
	if err := s.greet(ctx); err != nil {
		return fmt.Errorf("sending the first messages: %w", err)
	}
	if err := s.Open(ctx, s.Clients[n:]); err != nil {
		return err
	}
	return s.playOn(ctx)
}

func (s *test) greet(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(asking)
	for _, snd := range s.Senders {
		g.Go(func() error {
			return snd.Ask(ctx, 1, 1, func(int) api.Action {
				return api.Action{Type: api.SendMessage, To: snd.To.Handle, Text: "hello"}
			})
		})
	}
	return g.Wait()
}

// idle connects everybody and lets them be.
func idle(ctx context.Context, s *test) error {
	if err := s.Enlist(ctx, s.cfg.Clients); err != nil {
		return err
	}
	before := machine.Take(s.PID())
	if err := s.Open(ctx, s.Clients); err != nil {
		return err
	}
	start := s.Clock.Now() + s.cfg.Warmup
	err := s.watch(ctx, start, start+s.cfg.Duration)
	if s.end.At.IsZero() {
		return err
	}
	s.perSocket = s.end.Kernel.PerSocket(before.Kernel)
	s.perClient = max(0, s.end.SelfRSS-before.SelfRSS) / int64(len(s.Clients))
	if s.end.ServerRSS > 0 && before.ServerRSS > 0 {
		s.perConnection = (s.end.ServerRSS - before.ServerRSS) / int64(len(s.Clients))
	}
	return err
}

// playOn pumps, with gaps being repaired meanwhile.
func (s *test) playOn(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		s.Sweep(ctx)
	}()
	defer func() { cancel(); <-swept }()
	return s.pump(ctx)
}
