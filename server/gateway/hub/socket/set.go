// Package socket is the socket side of a gateway's hub: the WebSocket
// connections, their queues, and who writes them.
//
// It knows no person and no conversation: a Conn has an Owner, which gets what
// the client sends, and frames are queued as Chunks that were encoded once for
// all who get them. Nobody ever waits for a socket (promises, rule 11): queues
// are bounded and dropped whole when they overflow, and they are written by
// elected writers, one for each CPU, that never block.
//
// All methods may be called concurrently, but Read and Finish, which belong to
// the connection's one goroutine, its reader. New starts nothing; Run keeps the
// clock and the pings; writers are started by Config.Spawn, whose owner waits for
// them. A connection at rest has its reader and no timer.
//
// No two of its locks are held at once.
// Nothing outside the package is called with a lock held.
package socket

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// Subprotocol is what a client must offer (RFC 6455, 1.9).
const Subprotocol = "chatctl.v1"

// ErrClosed: the connection is closed.
var ErrClosed = errors.New("connection is closed")

// Config is what a Set is made of; all of it is needed.
type Config struct {
	SendBuffer int           // bytes, SO_SNDBUF: the kernel's part of a queue
	Ping       time.Duration // between two pings
	Silent     time.Duration // without a byte from the peer: dead
	Stall      time.Duration // without progress of a write: closed
	Linger     time.Duration // for what waits and for the peer's answer, once a close frame is queued
	// Spawn runs f on a goroutine that somebody waits for; false when none is
	// started any more.
	Spawn func(f func()) bool
}

// Set is what the connections of one hub share.
type Set struct {
	cfg     Config
	started time.Time
	clock   atomic.Int64 // nanoseconds since started, moved by each beat

	notice, ping *Chunk
	writers      []*writer
	nextWriter   atomic.Uint32
	buffers      sync.Pool // *[]byte for reading sockets
	messages     sync.Pool // *[]byte for one message
	scratch      sync.Pool // *scratch

	wheel           wheel
	lagged, stalled atomic.Uint64
}

// New makes a Set. It starts nothing.
func New(cfg Config) *Set {
	s := &Set{
		cfg: cfg, started: time.Now(),
		notice: NewChunk(Firm, api.Encode(&api.ServerFrame{Kind: api.FrameLagging})),
		ping:   &Chunk{b: []byte{opPing, 0}, frames: 1, class: beat},
	}
	s.buffers.New = func() any { b := make([]byte, readBytes); return &b }
	s.messages.New = func() any { b := make([]byte, 0, 1<<10); return &b }
	s.scratch.New = func() any { return &scratch{flat: make([]byte, 0, writeBytes)} }
	for range runtime.GOMAXPROCS(0) {
		s.writers = append(s.writers, &writer{set: s})
	}
	return s
}

// Counts is what became of frames and connections until now: frames taken out
// of queues for their sockets, queues dropped, connections closed because
// nothing was read.
func (s *Set) Counts() (delivered, lagged, stalled uint64) {
	for _, w := range s.writers {
		delivered += w.delivered.Load()
	}
	return delivered, s.lagged.Load(), s.stalled.Load()
}

// now is monotonic time since the set was made.
func (s *Set) now() time.Duration { return time.Since(s.started) }
