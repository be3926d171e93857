package bus_test

import (
	"context"
	"sync"

	"github.com/chatctl/chatctl/server/bus"
)

// memory is an engine of one partition that forgets all with the process, so
// that the loop can be tested in a bubble of its own time.
type memory struct {
	mu     sync.Mutex
	stored []bus.Stored
	more   chan struct{} // closed when something is stored
	next   int
	purged []int64
	owner  chan struct{}
}

func newMemory() *memory {
	return &memory{more: make(chan struct{}), owner: make(chan struct{}, 1)}
}

func (m *memory) Publish(_ context.Context, _ string, recs []bus.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stored = append(m.stored, bus.Stored{Number: int64(len(m.stored) + 1), Records: recs})
	close(m.more)
	m.more = make(chan struct{})
	return nil
}

func (m *memory) Own(ctx context.Context, _ string, run func(context.Context, bus.Partition) error) error {
	select {
	case m.owner <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.owner }()
	return run(ctx, m)
}

func (m *memory) Number() int   { return 0 }
func (m *memory) LogID() string { return "memory" }

func (m *memory) Start(_ context.Context, published int64) error {
	m.next = int(published)
	return nil
}

func (m *memory) Next(ctx context.Context) (bus.Stored, error) {
	for {
		m.mu.Lock()
		more := m.more
		m.mu.Unlock()
		if s, ok, err := m.TryNext(); ok || err != nil {
			return s, err
		}
		select {
		case <-more:
		case <-ctx.Done():
			return bus.Stored{}, ctx.Err()
		}
	}
}

func (m *memory) TryNext() (bus.Stored, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next >= len(m.stored) {
		return bus.Stored{}, false, nil
	}
	m.next++
	return m.stored[m.next-1], true, nil
}

func (m *memory) Purge(_ context.Context, published int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.purged = append(m.purged, published)
	return nil
}
