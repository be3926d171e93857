package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/chatctl/chatctl/server/bus"
)

const (
	consumerName = "owner"
	purgeTime    = 2 * time.Second
	ahead        = 64 // stored messages that are fetched before they are asked for
)

// Own calls run with the topic's one partition, as soon as no other owner in
// this process has it.
func (e *Engine) Own(ctx context.Context, topic string, run func(context.Context, bus.Partition) error) error {
	l, err := e.topic(topic)
	if err != nil {
		return err
	}
	select {
	case l.owner <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-l.owner }()
	p := &partition{topicLog: l}
	defer p.stop()
	err = run(ctx, p)
	if err == nil || errors.Is(err, context.Canceled) {
		err = errors.Join(err, p.purgeRest(ctx))
	}
	return err
}

// purgeRest purges what was not worth it while there was work, so that the next
// start has little to read.
func (p *partition) purgeRest(ctx context.Context) error {
	rest := p.purge.rest()
	if rest == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), purgeTime)
	defer cancel()
	return p.purgeBelow(ctx, rest)
}

// partition is a bus.Partition: a consumer in memory, made anew by each Start.
type partition struct {
	*topicLog
	next    int64 // the number that has to come
	reading jetstream.ConsumeContext
	stopped chan struct{}
	arrived chan jetstream.Msg
	purge   purge
}

func (p *partition) Number() int   { return 0 }
func (p *partition) LogID() string { return p.Topic.LogID }

// Start makes the consumer anew: what an older one remembers is behind or ahead
// of the position and would skip records (measured, C.1).
func (p *partition) Start(ctx context.Context, published int64) error {
	p.stop()
	consumer, err := p.consumer(ctx, published+1)
	if err != nil {
		return fmt.Errorf("making the consumer of %s: %w", p.name, err)
	}
	p.next = published + 1
	p.purge = purge{}
	p.stopped, p.arrived = make(chan struct{}), make(chan jetstream.Msg, ahead)
	stopped, arrived := p.stopped, p.arrived
	p.reading, err = consumer.Consume(func(m jetstream.Msg) {
		select {
		case arrived <- m:
		case <-stopped:
		}
	}, jetstream.PullMaxMessages(ahead), jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
		if !errors.Is(err, jetstream.ErrNoHeartbeat) { // which it mends itself, and reports after each long batch
			p.engine.cfg.Log.WarnContext(context.WithoutCancel(ctx), "reading the log is disturbed", "topic", p.Name, "err", err)
		}
	}))
	if err != nil {
		return fmt.Errorf("reading %s: %w", p.name, err)
	}
	return nil
}

func (p *partition) consumer(ctx context.Context, first int64) (jetstream.Consumer, error) {
	cfg := jetstream.ConsumerConfig{
		// Durable so that it stays while nothing is asked for, in memory so that nothing of it is kept.
		Durable: consumerName, MemoryStorage: true, AckPolicy: jetstream.AckNonePolicy,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(first),
	}
	if p.engine.cfg.Faults.ResumeStored {
		cfg.MemoryStorage, cfg.AckPolicy, cfg.MaxAckPending = false, jetstream.AckAllPolicy, 4*ahead
		if old, err := p.stream.Consumer(ctx, consumerName); err == nil {
			return old, nil
		}
		return p.stream.CreateConsumer(ctx, cfg)
	}
	if err := p.stream.DeleteConsumer(ctx, consumerName); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil, err
	}
	return p.stream.CreateConsumer(ctx, cfg)
}

// stop ends the consumer's delivery. It may be called again.
func (p *partition) stop() {
	if p.reading == nil {
		return
	}
	close(p.stopped)
	p.reading.Stop()
	<-p.reading.Closed()
	p.reading = nil
}

// Next waits for the next stored message.
func (p *partition) Next(ctx context.Context) (bus.Stored, error) {
	for {
		select {
		case m := <-p.arrived:
			if s, ok, err := p.take(m); ok || err != nil {
				return s, err
			}
		case <-p.engine.broken:
			return bus.Stored{}, p.engine.cause
		case <-ctx.Done():
			return bus.Stored{}, ctx.Err()
		}
	}
}

// TryNext is Next without waiting.
func (p *partition) TryNext() (bus.Stored, bool, error) {
	for {
		select {
		case m := <-p.arrived:
			if s, ok, err := p.take(m); ok || err != nil {
				return s, ok, err
			}
		default:
			return bus.Stored{}, false, nil
		}
	}
}

// take checks that m is the message that has to come. An older one comes again and is passed over.
func (p *partition) take(m jetstream.Msg) (bus.Stored, bool, error) {
	meta, err := m.Metadata()
	if err != nil {
		return bus.Stored{}, false, fmt.Errorf("reading %s: %w", p.name, err)
	}
	number := int64(meta.Sequence.Stream)
	if p.engine.cfg.Faults.ResumeStored {
		p.next = number
		if err := m.Ack(); err != nil {
			return bus.Stored{}, false, err
		}
	}
	switch {
	case number < p.next:
		return bus.Stored{}, false, nil
	case number > p.next:
		return bus.Stored{}, false, fmt.Errorf("%w: message %d came, %d was to come", bus.ErrNotGapless, number, p.next)
	}
	_, recs, err := decode(m.Data())
	if err != nil {
		return bus.Stored{}, false, fmt.Errorf("message %d of %s: %w", number, p.name, err)
	}
	p.next++
	p.purge.saw(number, len(m.Data()))
	return bus.Stored{Number: number, Records: recs}, true, nil
}

// Purge removes what lies below published, once it is worth it. The message
// published itself stays: a log purged empty is not crash-safe (measured, C.4).
func (p *partition) Purge(ctx context.Context, published int64) error {
	p.witness.Store(published)
	cfg := &p.engine.cfg
	enough := min(cfg.PurgeBytes, p.MaxBytes/4)
	if !p.purge.due(published, enough, cfg.PurgeEvery, time.Now()) {
		return nil
	}
	return p.purgeBelow(ctx, published)
}

func (p *partition) purgeBelow(ctx context.Context, published int64) error {
	if err := p.stream.Purge(ctx, jetstream.WithPurgeSequence(uint64(published))); err != nil {
		if sick := p.sick(); sick != nil {
			return sick
		}
		// Nothing is lost: the next one takes this one's part along.
		p.engine.cfg.Log.WarnContext(ctx, "log could not be purged", "topic", p.Name, "below", published, "err", err)
	}
	return nil
}
