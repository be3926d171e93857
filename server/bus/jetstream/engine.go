// Package jetstream is the embedded bus: a log on a NATS JetStream server in the
// same process, and a live channel that is a map in the process.
//
// A topic is one stream with one subject and one partition (measured, A.1). The
// engine owns the streams' start order, their directories' syncs, the packing of
// records into stored messages, and purging. It keeps no position: where reading
// goes on is told by the consumer's store, and the server's own consumer state is
// never resumed (measured, C.1). The server and its connection belong to the caller.
package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chatctl/chatctl/server/bus"
)

// Config says which server to use and what the stores know of each topic.
type Config struct {
	Server *server.Server
	Conn   *nats.Conn // in-process
	Dir    string     // the data directory; it, its parent and all between it and the messages are synced
	Topics []Topic
	Log    *slog.Logger

	PurgeBytes int64         // purge when so much may go; 0 is 64 MiB, at most a quarter of the topic's MaxBytes
	PurgeEvery time.Duration // or after so long, if anything may; 0 is 30 s
	Faults     Faults
}

// Topic is a topic as its consumer's position row has it.
type Topic struct {
	Name           string
	LogID          string // letters, digits, '-'; names this incarnation of the stream
	Created        bool   // the stream was once made and synced
	Pos, Published int64
	MaxBytes       int64 // what the log may hold; at least MinBytes, fixed when the stream is made

	// MarkCreated sets Created in the position row.
	MarkCreated func(context.Context) error

	// AcceptLoss lets a stream that was refused be made anew, with the next number
	// Pos+1, and removes the topic's streams of other log ids: what was accepted
	// and not decided is lost. MarkLost notes that before anything is removed: it
	// sets Published to Pos in the position row.
	AcceptLoss bool
	MarkLost   func(context.Context) error
}

// Faults are mistakes that a test switches on to see that its checks find them. Zero is none.
type Faults struct {
	ResumeStored bool // read from a stored consumer's own state
}

// MinBytes is the least a topic's log may hold: several of the largest batches,
// so that a full log always has something to purge once it is worked off.
const MinBytes = 16 << 20

const (
	defaultPurgeBytes = 64 << 20
	defaultPurgeEvery = 30 * time.Second
)

// Engine is a bus.Engine. All methods may be called concurrently.
type Engine struct {
	cfg    Config
	js     jetstream.JetStream
	topics map[string]*topicLog

	brokenOnce sync.Once
	broken     chan struct{} // closed when the storage failed
	cause      error         // written before broken is closed
}

// topicLog is one topic: its stream and who publishes and owns it.
type topicLog struct {
	Topic
	engine  *Engine
	name    string // of the stream
	subject string
	msgs    string // the directory of its message files
	syncDir bool   // msgs is synced after each stored message
	stream  jetstream.Stream
	owner   chan struct{} // holds one token while the partition is owned
	witness atomic.Int64  // the position row says published, or more
	commit  commit
	stored  atomic.Uint64 // messages
}

// Open checks and opens the stream of every topic, in the order of measured, C.3.
// It changes no setting of a stream that is there. An error names the way out.
func Open(ctx context.Context, cfg Config) (*Engine, error) {
	js, err := jetstream.New(cfg.Conn, jetstream.WithDefaultTimeout(longestWait))
	if err != nil {
		return nil, fmt.Errorf("using the embedded log: %w", err)
	}
	if cfg.PurgeBytes <= 0 {
		cfg.PurgeBytes = defaultPurgeBytes
	}
	if cfg.PurgeEvery <= 0 {
		cfg.PurgeEvery = defaultPurgeEvery
	}
	e := &Engine{cfg: cfg, js: js, topics: make(map[string]*topicLog), broken: make(chan struct{})}
	for _, t := range cfg.Topics {
		l, err := e.open(ctx, t)
		if err != nil {
			return nil, fmt.Errorf("opening the log of %s: %w", t.Name, err)
		}
		e.topics[t.Name] = l
	}
	return e, nil
}

func (e *Engine) open(ctx context.Context, t Topic) (*topicLog, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	name := streamName(t)
	l := &topicLog{
		Topic: t, engine: e, name: name, subject: "log." + name,
		msgs:  filepath.Join(e.cfg.Server.StoreDir(), server.DEFAULT_GLOBAL_ACCOUNT, "streams", name, "msgs"),
		owner: make(chan struct{}, 1),
	}
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	l.witness.Store(l.Published)
	return l, nil
}

// Holds tells what the log of a topic holds (bus.Holder).
func (e *Engine) Holds(ctx context.Context, topic string) (bus.Holding, error) {
	l, err := e.topic(topic)
	if err != nil {
		return bus.Holding{}, err
	}
	info, err := l.stream.Info(ctx)
	if err != nil {
		return bus.Holding{}, fmt.Errorf("reading the state of stream %s: %w", l.name, err)
	}
	return bus.Holding{Stored: l.stored.Load(), Last: int64(info.State.LastSeq), Bytes: int64(info.State.Bytes)}, nil
}

// Run waits until ctx ends, and returns nil, or until the storage failed, and
// returns an error that is bus.ErrBroken: the process must end (promises, rule 20).
func (e *Engine) Run(ctx context.Context) error {
	select {
	case <-e.broken:
		return e.cause
	case <-ctx.Done():
		return nil
	}
}

// Close refuses further publishing and waits for what is under way. Every Own
// must have returned. The server and its connection are the caller's to close.
func (e *Engine) Close() {
	for _, l := range e.topics {
		l.commit.close()
	}
}

// breaks latches a failure of the storage and returns it.
func (e *Engine) breaks(topic string, cause error) error {
	e.brokenOnce.Do(func() {
		e.cause = fmt.Errorf("%w: %s: %w", bus.ErrBroken, topic, cause)
		close(e.broken)
	})
	return e.cause
}

// isBroken is the latched failure, or nil.
func (e *Engine) isBroken() error {
	select {
	case <-e.broken:
		return e.cause
	default:
		return nil
	}
}

// sick asks the server whether it has latched a failure of the stream, because
// it does not answer the message that met one. Other answers, such as that it was
// not scheduled for a millisecond, conclude nothing.
func (l *topicLog) sick() error {
	h := l.engine.cfg.Server.Healthz(&server.HealthzOptions{Account: server.DEFAULT_GLOBAL_ACCOUNT, Stream: l.name, Details: true})
	for _, e := range h.Errors {
		if e.Type == server.HealthzErrorJetStream || e.Type == server.HealthzErrorStream && h.StatusCode != http.StatusNotFound {
			return l.engine.breaks(l.Name, errors.New(e.Error))
		}
	}
	return nil
}

func (e *Engine) topic(name string) (*topicLog, error) {
	if l := e.topics[name]; l != nil {
		return l, nil
	}
	return nil, fmt.Errorf("topic %q is not open here", name)
}
