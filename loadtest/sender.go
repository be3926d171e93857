package loadtest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
)

// unit is what ends a message's time under way in a closed loop.
type unit byte

const (
	result   unit = iota // the sender has its result
	delivery             // all receivers have it
)

// ownActions is where the numbers of actions that are not measured begin: making
// the conversations that the messages then go to.
const ownActions = 1 << 32

// burst is how many messages go out in one write.
const burst = 64

// sender sends one client's messages, and keeps account of their answers. One
// goroutine sends; the client's reader answers; receivers credit.
type sender struct {
	swarm  *swarm
	client *client
	number int
	to     wire.Address
	unit   unit
	per    int64 // units that a message brings back
	window int64 // messages under way; 0: open loop

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

func newSender(s *swarm, c *client, to wire.Address, u unit, per int) *sender {
	return &sender{swarm: s, client: c, number: len(s.senders), to: to, unit: u, per: int64(per), window: int64(s.cfg.Window),
		wake: make(chan struct{}, 1), open: map[int64]time.Duration{}, refused: map[int64]struct{}{}, ahead: map[int64]struct{}{}}
}

func (s *sender) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// push says that a message is due. It returns at once.
func (s *sender) push(due time.Duration) {
	s.mu.Lock()
	s.queue = append(s.queue, due)
	s.mu.Unlock()
	s.poke()
}

// finish says that no more messages will be due.
func (s *sender) finish() {
	s.mu.Lock()
	s.finished = true
	s.mu.Unlock()
	s.poke()
}

// credit brings n units back.
func (s *sender) credit(u unit, n int64) {
	if u == s.unit && s.window > 0 {
		s.credits.Add(n)
		s.poke()
	}
}

// run sends until finish (open loop) or until end (closed loop).
func (s *sender) run(ctx context.Context, end time.Duration) error {
	next := s.queued
	if s.window > 0 {
		next = s.windowed(end)
	}
	var free time.Duration // since when nothing but the generator keeps messages back
	due := make([]time.Duration, 0, burst)
	for {
		var over bool
		due, over = next(due[:0])
		if len(due) == 0 && over {
			return nil
		}
		if len(due) == 0 {
			if !s.rest(ctx) {
				return ctx.Err()
			}
			continue
		}
		if s.window == 0 {
			s.late(due, free)
		}
		if err := s.write(due); err != nil {
			s.swarm.fail(fmt.Sprintf("sender %d: %v", s.number, err))
			return nil // the others go on; what it should have sent is missed by the receivers
		}
		free = s.swarm.clock.now()
	}
}

// rest waits for a poke. In a closed loop it looks again after a while, so that
// messages which were lost can be written off.
func (s *sender) rest(ctx context.Context) bool {
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
		return false
	}
	return true
}

// queued takes what is due.
func (s *sender) queued(b []time.Duration) ([]time.Duration, bool) {
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
func (s *sender) windowed(end time.Duration) func([]time.Duration) ([]time.Duration, bool) {
	var taken, back int64 // units
	var moved time.Duration
	return func(b []time.Duration) ([]time.Duration, bool) {
		now := s.swarm.clock.now()
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
			b = append(b, now)
			taken += s.per
		}
		return b, false
	}
}

// late records how long messages waited for the generator. The time in which a
// write was blocked is the server's.
func (s *sender) late(due []time.Duration, free time.Duration) {
	now := s.swarm.clock.now()
	lags := make([]time.Duration, 0, burst)
	for _, d := range due {
		if d >= s.swarm.measureFrom() {
			lags = append(lags, now-max(d, free))
		}
	}
	s.swarm.lag.Add(s.number, lags...)
}

// write sends messages, one for each moment at which one was due.
func (s *sender) write(due []time.Duration) error {
	frames := make([][]byte, 0, burst)
	text := make([]byte, 0, s.swarm.cfg.Payload+wire.MinPayload)
	s.mu.Lock()
	for _, d := range due {
		n := s.sent
		s.sent++
		s.open[n] = d
		text = wire.AppendText(text[:0], wire.Stamp{Due: d, Sender: s.number, N: n, Floor: s.floor}, s.swarm.cfg.Payload)
		frames = append(frames, s.swarm.driver.Message(make([]byte, 0, len(text)+256), n, s.to, text))
	}
	s.mu.Unlock()
	s.swarm.left(s.swarm.clock.now(), int64(len(due)))
	return s.client.conn.Write(frames...)
}

// ask sends count actions that are not measured, at most window at a time, and
// returns once all are answered.
func (s *sender) ask(ctx context.Context, count, window int, action func(i int) api.Action) error {
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
			n := int64(ownActions + asked)
			s.mu.Lock()
			s.open[n] = s.swarm.clock.now()
			s.mu.Unlock()
			if err := s.client.conn.Write(s.swarm.driver.Action(nil, n, action(asked))); err != nil {
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

// answer takes in what the server said of one message; at is when it came.
func (s *sender) answer(e wire.Event, at time.Duration) {
	s.mu.Lock()
	due, open := s.open[e.N]
	measured := e.N < ownActions && due >= s.swarm.measureFrom()
	settled := open && e.Kind != wire.Accepted
	if settled {
		delete(s.open, e.N)
	}
	switch {
	case !open:
	case e.N >= ownActions && settled:
		s.own++
		if e.Kind == wire.Failed {
			s.ownErr = fmt.Errorf("the server refused: %s", e.Why)
		}
	case e.N < ownActions:
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
	case e.Kind == wire.Failed && e.N < ownActions:
		s.swarm.fail(e.Why)
		s.credit(s.unit, s.per)
	case e.Kind == wire.Accepted && measured:
		s.swarm.accepted.Add(s.number, at-due)
	case e.Kind == wire.Done && measured:
		s.swarm.results.Add(s.number, at-due)
	}
	if e.Kind == wire.Done && e.N < ownActions {
		s.credit(result, 1)
	}
	if e.N >= ownActions {
		s.poke()
	}
}

// accept notes that n was accepted, or will never come. The caller holds mu.
func (s *sender) accept(n int64) {
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
