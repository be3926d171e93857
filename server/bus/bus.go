// Package bus is how the services reach each other: a Log that carries work and
// a Live channel that carries hints.
//
// The log is durable and ordered per key. What is common to all engines (retry
// in place, taking a batch apart, held records, purging) is written once, in
// Log, above the narrow Engine; bustest is the suite that every engine passes.
// The live channel is best effort: whoever listens repairs from the store.
//
// Positions: an engine stores messages of one or more records and numbers them
// densely from 1 within a log id. A consumer keeps two numbers in its own store:
// pos, up to where it has decided, and published, up to where its results have
// gone out (published <= pos). They decide where reading goes on, never the
// engine's own consumer state, which on JetStream is not durable.
package bus

import (
	"context"
	"errors"
	"time"
)

// Record is one piece of work. Key decides its order: records of one key stay in order.
type Record struct {
	Partition int
	Key       [16]byte
	Value     []byte
}

// Stored is one stored message of a partition: its number and its records, in order.
type Stored struct {
	Number  int64
	Records []Record
}

// ErrUnknown: the records may or may not be durable; publish again with the same ids (promises, rule 1).
var ErrUnknown = errors.New("it is unknown whether the log stored the records")

// ErrFull: the log refuses new work until old work is done or space is freed (promises, rule 9). Nothing was stored.
var ErrFull = errors.New("the log is full")

// ErrBroken: the engine's storage failed and it will store nothing more; the process must end (promises, rule 20).
var ErrBroken = errors.New("the log's storage failed")

// ErrNotGapless: the numbers that arrive are not gap-free; the partition stops.
var ErrNotGapless = errors.New("the log has a gap")

// Engine is what JetStream and Kafka do each their own way. All methods may be called concurrently.
type Engine interface {
	// Publish returns after every record is durable. After ErrUnknown any of
	// them may be; after ErrFull none is. recs and their values are not kept.
	Publish(ctx context.Context, topic string, recs []Record) error
	// Own calls run for each partition given to this process, with a context
	// that ends when the partition is taken away, and returns after every run
	// has returned. An error of run ends Own with it.
	Own(ctx context.Context, topic string, run func(context.Context, Partition) error) error
}

// Holding is what an engine's log of one topic holds. Numbers are of stored messages.
type Holding struct {
	Stored uint64 // messages that this process stored; each cost a sync
	Last   int64  // the highest number
	Bytes  int64
}

// Holder is an Engine that tells what its logs hold.
type Holder interface {
	Holds(ctx context.Context, topic string) (Holding, error)
}

// Observer is told what a Log does. Its methods must return at once.
type Observer interface {
	// Published tells that records took so long to be durable, or were not taken.
	Published(topic string, records int, took time.Duration, err error)
	// Applied tells that a batch was decided in so long.
	Applied(topic string, records int, took time.Duration)
}

// Partition is one partition that this process owns. Its methods are called by one goroutine.
type Partition interface {
	Number() int
	// LogID names the incarnation of the stream or topic.
	LogID() string
	// Start sets where reading begins: at the first message above published.
	Start(ctx context.Context, published int64) error
	// Next waits for the next stored message. Messages come in order and without
	// a gap, else it fails with ErrNotGapless.
	Next(ctx context.Context) (Stored, error)
	// TryNext is Next without waiting: false when nothing is there.
	TryNext() (Stored, bool, error)
	// Purge tells that all up to and including published may go. The engine keeps
	// at least the message published itself, and purges when it is worth it.
	Purge(ctx context.Context, published int64) error
}

// Batch is consecutive records of one partition. Apply moves the consumer's
// position row from Expected to Pos in the transaction that decides them, and
// writes Published, how far results had gone out before this batch.
//
// A row of this owner's term that stands at or above Pos, and above Expected,
// says that an earlier try had been committed after all, perhaps a larger one
// that is now run again in parts: Apply and Hold then decide nothing, and Apply
// publishes the stored outcomes.
type Batch struct {
	Partition int
	LogID     string
	Records   []Record
	Expected  int64 // the position before this batch
	Pos       int64 // the position after it; Expected while a stored message is only partly decided
	Published int64
	Number    int64 // of the stored message that holds the last record, for held rows and logs
	// Decided: the records lie at or below the position: nothing is decided or
	// fenced; their stored outcomes are published again.
	Decided bool
}

// Consumer is a service's side of a topic. For one partition its methods are called by one goroutine.
type Consumer interface {
	// Take takes the partition over from any former owner (raises the term in
	// the position row) and tells up to where results went out and up to where
	// records are decided. An unknown logID starts at 0, 0.
	Take(ctx context.Context, partition int, logID string) (published, pos int64, err error)
	// Apply decides a batch in one transaction and then publishes its results. A
	// batch without records only checks the fence. It may be called again with
	// the same records after any error.
	Apply(ctx context.Context, b Batch) error
	// Hold sets the one record of b aside for an administrator, in a fenced
	// transaction as Apply's. A record that an earlier try decided stays as it is.
	Hold(ctx context.Context, b Batch, cause error) error
	// Fate classifies an error of Take, Apply or Hold.
	Fate(err error) Fate
}

// Fate is what becomes of a batch whose handling failed (promises, rule 7).
type Fate int

// The fates.
const (
	Suspect Fate = iota // unknown error or panic: record by record, five times alone, then held
	Retry               // infrastructure: for ever, in place, with back-off
	Shrink              // as Retry, with half the batch: 40001
	Stop                // the partition stops and Consume returns the error: zombie, newer version, gap
)

// Key is what a gateway can want on the live channel.
type Key struct {
	Kind KeyKind
	ID   [16]byte
}

// KeyKind is what a live key names.
type KeyKind byte

// The kinds of live key.
const (
	Conversation KeyKind = 'c'
	Person       KeyKind = 'p'
	Gateway      KeyKind = 'g'
)

// Item is one thing to tell whoever wants Key.
type Item struct {
	Key   Key
	Value []byte
}

// Live is the channel of hints: best effort, order kept within one Send and
// between the Sends of one caller. All methods may be called concurrently.
type Live interface {
	// Send gives each item once to every listener that wants its key, and never
	// waits for one. items and values must not change afterwards.
	Send(items []Item)
	// Listen registers a listener; r's methods are called by one goroutine.
	Listen(r Receiver) Interest
}

// Receiver is told what comes on the live channel.
type Receiver interface {
	// Deliver gets what was sent, in order; it should return soon. items must not be changed.
	Deliver(items []Item)
	// Resync tells that items may have been lost: compare with the store.
	Resync()
}

// Interest is what one listener wants. After Want returns, what is sent is
// delivered; after Close returns, Receiver is not called any more.
type Interest interface {
	Want(keys ...Key)
	Drop(keys ...Key)
	Close()
}
