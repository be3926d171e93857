package bustest

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/bus"
)

// counter is a consumer that only counts.
type counter struct {
	*Service
	records, number atomic.Int64
}

func (c *counter) Apply(_ context.Context, b bus.Batch) error {
	c.number.Store(b.Number)
	c.records.Add(int64(len(b.Records)))
	return nil
}

// tally is a receiver that only counts.
type tally struct {
	mu    sync.Mutex
	moved sync.Cond
	heard int64
}

func (t *tally) Deliver(items []bus.Item) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard += int64(len(items))
	if t.moved.L != nil {
		t.moved.Broadcast()
	}
}

func (t *tally) Resync() {}

// reach waits until n items were heard.
func (t *tally) reach(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.moved.L = &t.mu
	for t.heard < n {
		t.moved.Wait()
	}
}
