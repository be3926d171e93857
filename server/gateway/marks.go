package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// How long a mark may wait here, and how many may.
const (
	readWaits     = time.Second
	receivedWaits = 5 * time.Second
	mostMarks     = 200_000
	marksBatch    = 500
)

// marks keeps how far people have received and read until it is written to
// their conversation's partition: read within a second, received within five.
// What is lost with the process, the client repeats (wire: State).
type marks struct {
	publish func(context.Context, []topic.Mark) error

	mu   sync.Mutex
	wait map[markKey]pendingMark
}

type markKey struct {
	person       api.UserID
	conversation api.ConversationID
}

type pendingMark struct {
	received, read int64
	due            time.Time
}

func newMarks(publish func(context.Context, []topic.Mark) error) *marks {
	return &marks{publish: publish, wait: map[markKey]pendingMark{}}
}

// set merges marks by max; false when too many wait.
func (m *marks) set(person api.UserID, c api.ConversationID, received, read int64) bool {
	k, now := markKey{person, c}, time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.wait[k]
	if !ok {
		if len(m.wait) >= mostMarks {
			return false
		}
		p.due = now.Add(receivedWaits)
	}
	if soon := now.Add(readWaits); read > p.read && soon.Before(p.due) {
		p.due = soon
	}
	p.received, p.read = max(p.received, received, read), max(p.read, read)
	m.wait[k] = p
	return true
}

func (m *marks) run(ctx context.Context) error {
	tick := time.NewTicker(readWaits / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			m.flush(ctx, false)
		}
	}
}

// flush writes what is due, or everything. What the log does not take now waits on.
func (m *marks) flush(ctx context.Context, all bool) {
	for {
		batch := m.take(all)
		if len(batch) == 0 {
			return
		}
		if err := m.publish(ctx, batch); err != nil {
			for _, b := range batch {
				m.set(b.Person, b.Conversation, b.Received, b.Read)
			}
			return
		}
	}
}

func (m *marks) take(all bool) (batch []topic.Mark) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, p := range m.wait {
		if !all && now.Before(p.due) {
			continue
		}
		batch = append(batch, topic.Mark{Conversation: k.conversation, Person: k.person, Received: p.received, Read: p.read})
		delete(m.wait, k)
		if len(batch) == marksBatch {
			break
		}
	}
	return batch
}

// publishMarks puts marks on the log. They carry no action id and no outcome.
func (g *Gateway) publishMarks(ctx context.Context, batch []topic.Mark) error {
	es := make([]*topic.Envelope, len(batch))
	for i := range batch {
		es[i] = &topic.Envelope{Mark: &batch[i], Sender: batch[i].Person, At: api.Now()}
	}
	return g.publish(ctx, es...)
}
