package swarm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/loadtest/plan"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
)

// Unit is what ends a message's time under way in a closed loop.
type Unit byte

// The units.
const (
	Results    Unit = iota // the sender has its result
	Deliveries             // all receivers have it
)

// OwnActions is where the numbers of actions that are not measured begin: making
// the conversations that the messages then go to.
const OwnActions = 1 << 32

// burst is how many messages go out in one write.
const burst = 64

// Sender sends one client's messages, and keeps account of their answers. One
// goroutine sends; the client's reader answers; receivers credit.
type Sender struct {
	Number int
	To     wire.Address

	swarm  *Swarm
	client *Client
	unit   Unit
	per    int64 // units that a message brings back
	window int64 // messages under way; 0: open loop

	dice    *rand.Rand    // of the sending goroutine
	wake    chan struct{} // something may have changed for the sending goroutine
	credits atomic.Int64

	mu       sync.Mutex
	open     map[int64]time.Duration // unanswered: when they were due
	queue    []time.Duration         // open loop: due, not sent
	finished bool                    // open loop: nothing more will be due
	sent     int64
	answered int64
	refused  map[int64]struct{}
	floor    int64              // all messages below were accepted
	ahead    map[int64]struct{} // accepted above floor
	own      int64              // own actions that were answered
	ownErr   error
}

// NewSender lets c send to an address. A message comes back as s.PerMessage
// deliveries, or as one result, which is what a closed loop waits for. Senders
// are numbered in the order in which they are made, but one that only asks has no number.
func (s *Swarm) NewSender(c *Client, to wire.Address, u Unit) *Sender {
	per := s.PerMessage
	if u == Results {
		per = 1
	}
	c.Out = &Sender{swarm: s, client: c, Number: len(s.Senders), To: to, unit: u, per: per, window: int64(s.cfg.Window),
		dice: plan.Dice(s.cfg.Seed, 1+len(s.Senders)), wake: make(chan struct{}, 1), open: map[int64]time.Duration{}, refused: map[int64]struct{}{}, ahead: map[int64]struct{}{}}
	return c.Out
}

func (s *Sender) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Push says that a message is due. It returns at once.
func (s *Sender) Push(due time.Duration) {
	s.mu.Lock()
	s.queue = append(s.queue, due)
	s.mu.Unlock()
	s.poke()
}

// Finish says that no more messages will be due.
func (s *Sender) Finish() {
	s.mu.Lock()
	s.finished = true
	s.mu.Unlock()
	s.poke()
}

// credit brings n units back.
func (s *Sender) credit(u Unit, n int64) {
	if u == s.unit && s.window > 0 {
		s.credits.Add(n)
		s.poke()
	}
}

// Run sends until finish (open loop), or from begin to end (closed loop).
func (s *Sender) Run(ctx context.Context, begin, end time.Duration) error {
	next := s.queued
	if s.window > 0 {
		next = s.windowed(end)
		if err := Rest(ctx, begin-s.swarm.Clock.Now()); err != nil {
			return err
		}
	}
	var free time.Duration // since when nothing but the generator keeps messages back
	due := make([]time.Duration, 0, burst)
	for ctx.Err() == nil {
		var over bool
		due, over = next(due[:0])
		if len(due) == 0 && over {
			return nil
		}
		if len(due) == 0 {
			s.rest(ctx)
			continue
		}
		if s.window == 0 {
			s.late(due, free)
		}
		if err := s.write(due); err != nil {
			s.swarm.Fail(fmt.Sprintf("sender %d: %v", s.Number, err))
			return nil // the others go on; what it should have sent is missed by the receivers
		}
		free = s.swarm.Clock.Now()
	}
	return ctx.Err()
}

// rest waits for a poke. In a closed loop it looks again after a while, so that
// messages which were lost can be written off.
func (s *Sender) rest(ctx context.Context) {
	var look <-chan time.Time
	if s.window > 0 {
		t := time.NewTimer(writeOff / 4)
		defer t.Stop()
		look = t.C
	}
	select {
	case <-s.wake:
	case <-look:
	case <-ctx.Done():
	}
}

// queued takes what is due.
func (s *Sender) queued(b []time.Duration) ([]time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.queue), burst)
	b = append(b, s.queue[:n]...)
	s.queue = s.queue[:copy(s.queue, s.queue[n:])]
	return b, s.finished
}

// writeOff is how long a closed loop waits for messages under way before it
// counts on their loss and goes on.
const writeOff = time.Second

// windowed makes a message due whenever the window has room.
func (s *Sender) windowed(end time.Duration) func([]time.Duration) ([]time.Duration, bool) {
	var taken, back int64 // units
	var moved time.Duration
	return func(b []time.Duration) ([]time.Duration, bool) {
		now := s.swarm.Clock.Now()
		if now >= end {
			return b, true
		}
		if c := min(s.credits.Load(), taken); c > back || moved == 0 {
			back, moved = c, now
		} else if now-moved > writeOff {
			back, moved = taken, now
			s.credits.Store(taken)
		}
		for taken-back <= (s.window-1)*s.per && len(b) < burst {
			if !s.swarm.Grant(now) {
				return b, true
			}
			b = append(b, now)
			taken += s.per
		}
		return b, false
	}
}

// late records how long messages waited for the generator. The time in which a
// write was blocked is the server's.
func (s *Sender) late(due []time.Duration, free time.Duration) {
	now := s.swarm.Clock.Now()
	lags := make([]time.Duration, 0, burst)
	for _, d := range due {
		if d >= s.swarm.measureFrom() {
			lags = append(lags, now-max(d, free))
		}
	}
	s.swarm.Lag.Add(s.Number, lags...)
}

// write sends messages, one for each moment at which one was due.
func (s *Sender) write(due []time.Duration) error {
	frames := make([][]byte, 0, burst)
	_, most := s.swarm.cfg.Payload.Bounds()
	text := make([]byte, 0, most)
	now := s.swarm.Clock.Now()
	s.mu.Lock()
	for _, d := range due {
		n := s.sent
		s.sent++
		s.open[n] = d
		text = wire.AppendText(text[:0], wire.Stamp{Due: d, Late: now - d, Sender: s.Number, N: n, Floor: s.floor}, s.swarm.cfg.Payload.Pick(s.dice))
		frames = append(frames, s.swarm.Driver.Message(make([]byte, 0, len(text)+256), n, s.To, text))
	}
	s.mu.Unlock()
	s.swarm.leaves(now, int64(len(due)))
	return s.client.conn.Write(frames...)
}

// Ask sends count actions that are not measured, at most window at a time, and
// returns once all are answered.
func (s *Sender) Ask(ctx context.Context, count, window int, action func(i int) api.Action) error {
	ctx, cancel := context.WithTimeout(ctx, s.swarm.cfg.Timeout+time.Duration(count)*10*time.Millisecond)
	defer cancel()
	s.mu.Lock()
	s.own = 0
	s.mu.Unlock()
	for asked := 0; ; {
		s.mu.Lock()
		answered, err := int(s.own), s.ownErr
		s.mu.Unlock()
		if err != nil || answered == count {
			return err
		}
		for ; asked < count && asked-answered < window; asked++ {
			n := int64(OwnActions + asked)
			s.mu.Lock()
			s.open[n] = s.swarm.Clock.Now()
			s.mu.Unlock()
			if err := s.client.conn.Write(s.swarm.Driver.Action(nil, n, action(asked))); err != nil {
				return err
			}
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d answers came: %w", answered, count, context.Cause(ctx))
		}
	}
}

// Account is what became of a sender's messages.
type Account struct{ Sent, Answered, Refused int64 }

// Expected is how many messages each receiver should have.
func (a Account) Expected() int64 { return a.Sent - a.Refused }

// Account is how it stands. It may be called at any time.
func (s *Sender) Account() Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Account{s.sent, s.answered, int64(len(s.refused))}
}

// WasRefused reports whether the n-th message was. The client's reader has ended.
func (s *Sender) WasRefused(n int64) bool {
	_, is := s.refused[n]
	return is
}

// Cut ends the connection of a sender that hangs in a write.
func (s *Sender) Cut() { s.client.Cut() }

// answer takes in what the server said of one message; at is when it came.
func (s *Sender) answer(e wire.Event, at time.Duration) {
	s.mu.Lock()
	due, open := s.open[e.N]
	measured := e.N < OwnActions && due >= s.swarm.measureFrom()
	settled := open && e.Kind != wire.Accepted
	accepted := e.Kind != wire.Failed && !s.wasAccepted(e.N) // a result says so, too, where it is quicker
	if settled {
		delete(s.open, e.N)
	}
	switch {
	case !open:
	case e.N >= OwnActions && settled:
		s.own++
		if e.Kind == wire.Failed {
			s.ownErr = fmt.Errorf("the server refused: %s", e.Why)
		}
	case e.N < OwnActions:
		s.accept(e.N)
		if settled {
			s.answered++
		}
		if e.Kind == wire.Failed {
			s.refused[e.N] = struct{}{}
		}
	}
	s.mu.Unlock()
	switch {
	case !open:
		return // an answer that came again
	case e.Kind == wire.Failed && e.N < OwnActions:
		s.swarm.Fail(e.Why)
		s.credit(s.unit, s.per)
	case measured:
		if accepted {
			s.swarm.Accepted.Add(s.Number, at-due)
		}
		if e.Kind == wire.Done {
			s.swarm.Results.Add(s.Number, at-due)
		}
	}
	if e.Kind == wire.Done && e.N < OwnActions {
		s.credit(Results, 1)
	}
	if e.N >= OwnActions {
		s.poke()
	}
}

// wasAccepted tells whether n was noted. The caller holds mu.
func (s *Sender) wasAccepted(n int64) bool {
	_, is := s.ahead[n]
	return is || n < s.floor
}

// accept notes that n was accepted, or will never come. The caller holds mu.
func (s *Sender) accept(n int64) {
	if n < s.floor {
		return
	}
	s.ahead[n] = struct{}{}
	for {
		if _, ok := s.ahead[s.floor]; !ok {
			return
		}
		delete(s.ahead, s.floor)
		s.floor++
	}
}
