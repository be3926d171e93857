// Package hub keeps the sockets of one gateway and pushes to them what the live
// channel brings.
//
// It owns no truth: what it drops, the client reads again from the store. It
// never waits for a socket (promises, rule 11); queues and their writing are
// package socket's. A room fails closed (wire: "The gateway's room"): an entry
// is pushed only when all before it were applied, so that whoever was removed is
// out before what follows.
//
// All methods may be called concurrently. New starts nothing; Run ends after
// everything that the hub started has ended. A connection at rest costs one
// goroutine, its reader, and no timer.
//
// Locks, in the order in which two may be held: a key's, a room's, a
// connection's, Hub.mu, a backlog's or one of package socket's. Nothing else
// outside the package is called with a lock held, except bus.Interest under a key's.
package hub

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/hub/socket"
	"golang.org/x/sync/errgroup"
)

// Subprotocol is what a client must offer (RFC 6455, 1.9).
const Subprotocol = socket.Subprotocol

// ErrClosed: the connection is closed, or the hub does not run.
var ErrClosed = socket.ErrClosed

// Rooms is the store, read for rooms that are behind. Both are current reads and may be called concurrently.
type Rooms interface {
	// RoomEntries are the entries after a seq, ascending, with their frames and changes of membership.
	RoomEntries(ctx context.Context, c api.ConversationID, after int64, limit int) ([]topic.Live, error)
	// LastSeqs is where conversations stand; unknown ones are left out.
	LastSeqs(ctx context.Context, cs []api.ConversationID) (map[api.ConversationID]int64, error)
}

// Events is what the gateway does with what the hub hears. No lock is held; ctx
// is Run's, and Run waits for every call.
type Events interface {
	// Frame is one text message of the client, valid UTF-8, within the read
	// limit. It is called on c's reading goroutine: what takes its time holds back
	// only this client. payload is valid during the call.
	Frame(ctx context.Context, c *Conn, payload []byte)
	// Lagging tells that c's queue was dropped: c is out of live, reads again, and
	// `lagging` is on its way. Attach it anew. Called on a goroutine of its own.
	Lagging(ctx context.Context, c *Conn)
	// Joined tells that c's person was added to conv by entry seq. Called on a
	// goroutine of its own, once for each connection of the person.
	Joined(ctx context.Context, c *Conn, conv api.ConversationID, seq int64)
	// Standing tells that the account's standing moved to version. Called on a goroutine of its own.
	Standing(ctx context.Context, user api.UserID, version int64)
	// Waiting is the result that attempt waits for, a client frame. Called on the
	// goroutine that delivers: hand it over and return. frame must not be changed.
	Waiting(attempt int64, frame []byte)
	// Conflict tells that attempt used its key for another action. Called as Waiting.
	Conflict(attempt int64)
	// Asked tells that another gateway wants to know whether user, who has a
	// connection here, is present. Called as Waiting.
	Asked(user api.UserID, by api.GatewayID)
	// Present tells that user has a connection to another gateway that was asked. Called as Waiting.
	Present(user api.UserID)
	// Closed is called once, after the socket is gone and c has left all rooms.
	Closed(c *Conn)
}

// Config is what a Hub is made of. Live, Gateway, Rooms, Events and Log are needed.
type Config struct {
	Live    bus.Live
	Gateway api.GatewayID
	Rooms   Rooms
	Events  Events
	// Told is called after the result of a person's attempt, which came at
	// arrived, was given to whoever waits for it; nil: nobody asks.
	Told func(person api.UserID, attempt int64, arrived time.Time)
	// Pushed is called after entries of a conversation were queued for so many
	// connections. It must not wait; nil: nobody asks.
	Pushed     func(c api.ConversationID, first, last int64, connections int)
	Log        *slog.Logger
	SendBuffer int // bytes, SO_SNDBUF: the kernel's part of a queue; 0: 64 KiB
	Times      Times
	Faults     Faults
}

// Times are the hub's; those that are zero get their default.
type Times struct {
	Ping     time.Duration // between two pings; 25 s
	Silent   time.Duration // without a byte from the peer: dead; 60 s
	Stall    time.Duration // without progress of a write: closed; 10 s
	Linger   time.Duration // for what waits and for the peer's answer, once a close frame is queued; 2 s
	Sweep    time.Duration // between two comparisons of all rooms with the store; 10 min
	RetryMin time.Duration // back-off of failed reads, full jitter; 50 ms
	RetryMax time.Duration // 5 s
}

// Faults make the hub wrong on purpose, to show that a checker sees it. Zero in production.
type Faults struct {
	RoomsFailOpen bool                  // rooms push what comes, with gaps
	DropLive      func(topic.Live) bool // items for which it is true are lost before they are handled
	Stall         time.Duration         // instead of Times.Stall, where it is not zero
}

type state uint8

const (
	starting state = iota
	running
	draining
	ended
)

// Hub keeps the sockets of one gateway.
type Hub struct {
	cfg     Config
	times   Times
	events  Events
	log     *slog.Logger
	sockets *socket.Set

	interest bus.Interest     // set once, before state is running
	keys     [64]sync.Mutex   // by key: whether it is wanted changes under its lock only
	jobs     backlog[job]     // what Run has to start
	unused   backlog[bus.Key] // keys that may be wanted for nobody any more
	running  chan struct{}    // closed once Run takes connections
	resync   chan struct{}    // the live channel may have lost something
	reads    chan struct{}    // bounds the reads of repairs

	mu      sync.RWMutex
	state   state
	persons map[api.UserID][]*Conn // copied on each change; present: its key is wanted
	rooms   map[api.ConversationID]*room

	owned sync.WaitGroup // goroutines that spawn started

	resyncs atomic.Uint64 // Stats
}

// Stats counts what a hub did.
type Stats struct {
	Delivered uint64 // frames taken out of queues for their sockets
	Lagged    uint64 // queues dropped
	Stalled   uint64 // connections closed because nothing was read
	Resyncs   uint64 // comparisons of all rooms with the store that the live channel asked for
}

// Stats is what h did until now.
func (h *Hub) Stats() Stats {
	s := Stats{Resyncs: h.resyncs.Load()}
	s.Delivered, s.Lagged, s.Stalled = h.sockets.Counts()
	return s
}

// New makes a hub. It starts nothing.
func New(cfg Config) *Hub {
	if cfg.SendBuffer == 0 {
		cfg.SendBuffer = 64 << 10
	}
	if cfg.Faults.Stall != 0 {
		cfg.Times.Stall = cfg.Faults.Stall
	}
	h := &Hub{
		cfg: cfg, times: cfg.Times.orDefault(), events: cfg.Events, log: cfg.Log,
		jobs: newBacklog[job](), unused: newBacklog[bus.Key](),
		running: make(chan struct{}), resync: make(chan struct{}, 1), reads: make(chan struct{}, 8),
		persons: map[api.UserID][]*Conn{}, rooms: map[api.ConversationID]*room{},
	}
	h.sockets = socket.New(socket.Config{
		SendBuffer: cfg.SendBuffer, Ping: h.times.Ping, Silent: h.times.Silent, Stall: h.times.Stall, Linger: h.times.Linger, Spawn: h.spawn,
	})
	return h
}

func (t Times) orDefault() Times {
	for _, d := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&t.Ping, api.PingEvery}, {&t.Silent, api.SilentFor}, {&t.Stall, 10 * time.Second}, {&t.Linger, 2 * time.Second},
		{&t.Sweep, 10 * time.Minute}, {&t.RetryMin, 50 * time.Millisecond}, {&t.RetryMax, 5 * time.Second},
	} {
		if *d.v == 0 {
			*d.v = d.d
		}
	}
	return t
}

// Run listens on the live channel and keeps rooms and connections until ctx
// ends. Then it cuts what Drain has left and returns when all is closed. It may
// be called once.
func (h *Hub) Run(ctx context.Context) error {
	interest := h.cfg.Live.Listen(receiver{h})
	interest.Want(bus.Key{Kind: bus.Gateway, ID: h.cfg.Gateway})
	h.mu.Lock()
	h.interest, h.state = interest, running
	h.mu.Unlock()
	close(h.running)

	var g errgroup.Group
	g.Go(func() error { h.sockets.Run(ctx); return nil })
	g.Go(func() error { h.tidy(ctx); return nil })
	g.Go(func() error { h.dispatch(ctx); return nil })
	g.Go(func() error { h.sweep(ctx); return nil })
	err := g.Wait()
	h.end(ctx)
	return err
}

// Started is closed once Run takes connections.
func (h *Hub) Started() <-chan struct{} { return h.running }

// job is work on a goroutine of its own that gets Run's context.
type job func(ctx context.Context)

// do has Run start f; false when the hub has ended.
func (h *Hub) do(f job) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.state == ended {
		return false
	}
	h.jobs.add(f)
	return true
}

func (h *Hub) dispatch(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.jobs.ready:
			h.start(ctx)
		}
	}
}

func (h *Hub) start(ctx context.Context) {
	for _, f := range h.jobs.take() {
		h.owned.Go(func() { f(ctx) })
	}
}

// spawn runs f, which needs no context, on a goroutine that Run waits for;
// false when the hub has ended.
func (h *Hub) spawn(f func()) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.state == ended {
		return false
	}
	h.owned.Go(f)
	return true
}

// end stops listening, cuts every connection and waits for all that was started.
func (h *Hub) end(ctx context.Context) {
	h.mu.Lock()
	h.state = ended
	h.mu.Unlock()
	for i := range h.keys { // a barrier: who is within Want ends, and nobody calls it again
		h.keys[i].Lock()
	}
	h.interest.Close()
	for i := range h.keys {
		h.keys[i].Unlock()
	}
	h.Each(func(c *Conn) bool { c.socket.Kill(); return true })
	h.start(ctx) // readers among them, which see that their socket is gone
	h.owned.Wait()
}

// Len is how many connections there are, those that are closing included.
func (h *Hub) Len() int { return h.sockets.Len() }

// Each calls f for every connection until it returns false.
func (h *Hub) Each(f func(*Conn) bool) {
	h.sockets.Each(func(_ *socket.Conn, o socket.Owner) bool { return f((*Conn)(o.(*owner))) })
}

// Drain accepts nothing more and sends every client away (promises, rule 13): a
// going_away frame that says after how long to come back, then the close code.
// retry gives that time for the i-th of n. They go a few at a time, within half
// of the time that ctx leaves. It returns nil when all are gone, else ctx's error.
func (h *Hub) Drain(ctx context.Context, retry func(i, n int) time.Duration) error {
	h.mu.Lock()
	if h.state == running {
		h.state = draining
	}
	h.mu.Unlock()
	return h.sockets.Drain(ctx, retry)
}

// Person lists the connections of a person.
func (h *Hub) Person(user api.UserID) []*Conn { return slices.Clone(h.person(user)) }

// person is Person without a copy: the slice is never changed.
func (h *Hub) person(user api.UserID) []*Conn {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.persons[user]
}

func (h *Hub) room(c api.ConversationID) *room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[c]
}
