package intake

import (
	"context"
	"log/slog"
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
	lastFlush     = 2 * time.Second
)

// marks keeps how far people have received and read until it is written to
// their conversation's partition: read within a second, received within five.
// What is lost with the process, the client repeats (wire: State): no head shows
// a mark before the store has it, since a mark that was shown must not go back.
type marks struct {
	publish func(context.Context, []topic.Mark) error
	log     *slog.Logger
	failing bool // only run's goroutine

	mu sync.Mutex
	by map[markKey]mark
}

type markKey struct {
	person       api.UserID
	conversation api.ConversationID
}

type mark struct {
	received, read int64
	due            time.Time
}

func newMarks(publish func(context.Context, []topic.Mark) error, log *slog.Logger) *marks {
	return &marks{publish: publish, log: log, by: map[markKey]mark{}}
}

// set merges marks by max; false when too many wait.
func (m *marks) set(person api.UserID, c api.ConversationID, received, read int64) bool {
	k, now := markKey{person, c}, time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.by[k]
	if !ok {
		if len(m.by) >= mostMarks {
			return false
		}
		p.due = now.Add(receivedWaits)
	}
	if soon := now.Add(readWaits); read > p.read && soon.Before(p.due) {
		p.due = soon
	}
	p.received, p.read = max(p.received, received, read), max(p.read, read)
	m.by[k] = p
	return true
}

// run publishes what is due until ctx ends, and then all that waits.
func (m *marks) run(ctx context.Context) error {
	tick := time.NewTicker(readWaits / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
			defer cancel()
			m.flush(last, true)
			return nil
		case <-tick.C:
			m.flush(ctx, false)
		}
	}
}

// flush publishes what is due, or everything. What the log does not take waits on.
func (m *marks) flush(ctx context.Context, all bool) {
	for {
		batch := m.take(all)
		if len(batch) == 0 {
			return
		}
		err := m.publish(ctx, batch)
		if err != nil {
			m.back(batch)
		}
		m.tell(ctx, err)
		if err != nil {
			return
		}
	}
}

// tell logs when writing marks begins to fail and when that is over, not each try.
func (m *marks) tell(ctx context.Context, err error) {
	switch failing := err != nil; {
	case failing && !m.failing:
		m.log.WarnContext(ctx, "marks not written", "err", err)
	case !failing && m.failing:
		m.log.InfoContext(ctx, "marks are written again")
	}
	m.failing = err != nil
}

// take takes out what is due, or everything, a batch at a time.
func (m *marks) take(all bool) (batch []topic.Mark) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, p := range m.by {
		if !all && now.Before(p.due) {
			continue
		}
		batch = append(batch, topic.Mark{Conversation: k.conversation, Person: k.person, Received: p.received, Read: p.read})
		delete(m.by, k)
		if len(batch) == marksBatch {
			break
		}
	}
	return batch
}

// back keeps marks that were not taken, merged with what came since.
func (m *marks) back(batch []topic.Mark) {
	for _, b := range batch {
		m.set(b.Person, b.Conversation, b.Received, b.Read)
	}
}

// Mark keeps how far a person has received and read until it is written; false when too many wait.
func (i *Intake) Mark(person api.UserID, c api.ConversationID, received, read int64) bool {
	return i.marks.set(person, c, received, read)
}

// publishMarks puts marks on the log. They carry no action id and no outcome.
func (i *Intake) publishMarks(ctx context.Context, batch []topic.Mark) error {
	es := make([]*topic.Envelope, len(batch))
	for n := range batch {
		es[n] = &topic.Envelope{Mark: &batch[n], Sender: batch[n].Person, At: api.Now()}
	}
	return i.Publish(ctx, es...)
}
