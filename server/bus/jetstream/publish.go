package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/chatctl/chatctl/server/bus"
)

const (
	maxRecords  = 1000                   // of a stored message
	maxBytes    = 256 << 10              // of a stored message of more than one record
	maxValue    = 512 << 10              // of one record; below the server's max_payload of 1 MiB
	maxWaiting  = 64 << 20               // what may wait to be stored
	longestWait = 30 * time.Second       // for an answer of a server that is well
	healthEvery = 500 * time.Millisecond // how often it is asked when an ack is late
)

// What the server's error codes mean, from its errors.json.
const (
	errAccountResources jetstream.ErrorCode = 10002
	errResources        jetstream.ErrorCode = 10023
	errStorageResources jetstream.ErrorCode = 10047
	errStreamCreate     jetstream.ErrorCode = 10049
	errStoreFailed      jetstream.ErrorCode = 10077
)

// group is what becomes one stored message.
type group struct {
	data    []byte
	records int
	done    chan struct{} // closed when err is the answer
	err     error
}

// commit is the group commit of one topic: all that waits becomes one stored
// message while the former one is synced. No timer, and no goroutine at rest.
type commit struct {
	mu      sync.Mutex
	waiting []*group
	bytes   int // that wait
	flying  bool
	closed  bool
	flight  sync.WaitGroup
	spare   sync.Pool // *[]byte of groups that were stored
}

// Publish stores recs and returns once they are synced. Those of one call stay
// together and in order, unless they are more than a stored message holds. When
// ctx ends first they may still be stored, which is bus.ErrUnknown.
func (e *Engine) Publish(ctx context.Context, topic string, recs []bus.Record) error {
	l, err := e.topic(topic)
	if err != nil {
		return err
	}
	size := 0
	for i := range recs {
		if recs[i].Partition != 0 || len(recs[i].Value) > maxValue {
			return fmt.Errorf("a record for partition %d of %d bytes: there is one partition, and %d bytes are the most", recs[i].Partition, len(recs[i].Value), maxValue)
		}
		size += encodedSize(recs[i])
	}
	if err := e.isBroken(); err != nil {
		return err
	}
	groups, err := l.enqueue(ctx, recs, size)
	if err != nil {
		return fmt.Errorf("publishing to %s: %w", topic, err)
	}
	if err := answer(ctx, groups); err != nil {
		return fmt.Errorf("publishing to %s: %w", topic, err)
	}
	return nil
}

// answer waits until all groups are stored. When one of several failed, the
// others may be stored, whatever its error says.
func answer(ctx context.Context, groups []*group) (err error) {
	for _, g := range groups {
		select {
		case <-g.done:
			err = errors.Join(err, g.err)
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", bus.ErrUnknown, context.Cause(ctx))
		}
	}
	if err == nil || len(groups) == 1 || errors.Is(err, bus.ErrBroken) {
		return err
	}
	return fmt.Errorf("%w: %s", bus.ErrUnknown, err.Error()) // and not what errors.Is finds in it
}

// enqueue copies recs behind what waits and starts the flight if none is under way.
func (l *topicLog) enqueue(ctx context.Context, recs []bus.Record, size int) (mine []*group, err error) {
	c := &l.commit
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
		return nil, fmt.Errorf("%w: the log is closed", bus.ErrUnknown)
	case c.bytes+size > maxWaiting:
		return nil, fmt.Errorf("%w: %d bytes wait to be stored", bus.ErrFull, c.bytes)
	}
	var g *group
	if n := len(c.waiting); n > 0 {
		g = c.waiting[n-1]
	}
	if g != nil && !g.fits(len(recs), size) {
		g = nil
	}
	for i := range recs {
		if g == nil || !g.fits(1, encodedSize(recs[i])) {
			g = &group{data: begin(c.memory(), l.witness.Load()), done: make(chan struct{})}
			c.bytes += len(g.data)
			c.waiting = append(c.waiting, g)
		}
		before := len(g.data)
		g.data = appendRecord(g.data, recs[i])
		g.records++
		c.bytes += len(g.data) - before
		if len(mine) == 0 || mine[len(mine)-1] != g {
			mine = append(mine, g)
		}
	}
	if !c.flying && len(mine) > 0 {
		c.flying = true
		c.flight.Add(1)
		go l.fly(context.WithoutCancel(ctx))
	}
	return mine, nil
}

func (g *group) fits(records, size int) bool {
	return g.records == 0 || g.records+records <= maxRecords && len(g.data)+size <= maxBytes
}

// fly stores what waits, a group at a time, until nothing does.
func (l *topicLog) fly(ctx context.Context) {
	c := &l.commit
	defer c.flight.Done()
	for {
		c.mu.Lock()
		if len(c.waiting) == 0 {
			c.waiting, c.flying = nil, false
			c.mu.Unlock()
			return
		}
		g := c.waiting[0]
		c.waiting[0] = nil
		c.waiting = c.waiting[1:]
		c.bytes -= len(g.data)
		c.mu.Unlock()
		g.err = l.store(ctx, g.data)
		close(g.done)
		c.keep(g.data)
	}
}

// memory is what a group is written into.
func (c *commit) memory() []byte {
	if b, ok := c.spare.Get().(*[]byte); ok {
		return *b
	}
	return nil
}

// keep takes the memory of a group back; the client library has copied it.
func (c *commit) keep(data []byte) {
	if cap(data) <= 2*maxBytes { // or it was one large record
		data = data[:0]
		c.spare.Put(&data)
	}
}

func (c *commit) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.flight.Wait()
}

// store makes one stored message and waits for its ack. The server does not
// answer a message that met a storage error, so a late ack makes us ask for its health.
func (l *topicLog) store(ctx context.Context, data []byte) error {
	if err := l.engine.isBroken(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	late := time.AfterFunc(healthEvery, func() { l.watch(ctx, cancel) })
	defer late.Stop()
	_, err := l.engine.js.PublishMsg(ctx, &nats.Msg{Subject: l.subject, Data: data}, jetstream.WithRetryAttempts(0))
	if err != nil {
		return l.classify(err)
	}
	if l.syncDir {
		if err := syncDirectory(l.msgs); err != nil {
			return l.engine.breaks(l.Name, err)
		}
	}
	l.stored.Add(1)
	return nil
}

// watch cancels the wait for a late ack once the server is sick.
func (l *topicLog) watch(ctx context.Context, cancel context.CancelFunc) {
	again := time.NewTicker(healthEvery)
	defer again.Stop()
	for l.sick() == nil {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
	cancel()
}

// classify says what an ack that is an error means for the records (promises, rules 9 and 20).
func (l *topicLog) classify(err error) error {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		// One code stands for every failure of the store; only its text says that the limit was met.
		limit := api.ErrorCode == errStoreFailed && api.Description == server.ErrMaxBytes.Error()
		if limit || api.ErrorCode == errResources || api.ErrorCode == errAccountResources {
			return fmt.Errorf("%w: %s", bus.ErrFull, api.Description)
		}
		return l.engine.breaks(l.Name, err)
	}
	if sick := l.sick(); sick != nil {
		return sick
	}
	return fmt.Errorf("%w: %w", bus.ErrUnknown, err)
}
