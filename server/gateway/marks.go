package gateway

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
	sentKept      = 30 * time.Second // after it was published: until then chat has written it
	mostMarks     = 200_000
	marksBatch    = 500
	lastFlush     = 2 * time.Second
)

// marks keeps how far people have received and read until it is written to
// their conversation's partition: read within a second, received within five.
// What is lost with the process, the client repeats (wire: State).
//
// A mark stays here for a while after it was published, since the log may be
// ahead of the store: heads are lifted to it, so that no mark is seen to go back.
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
	due            time.Time // when to publish, or once that is done, when to forget
	sent           bool
}

func newMarks(publish func(context.Context, []topic.Mark) error, log *slog.Logger) *marks {
	return &marks{publish: publish, log: log, by: map[markKey]mark{}}
}

// set merges marks by max; false when too many are kept.
func (m *marks) set(person api.UserID, c api.ConversationID, received, read int64) bool {
	k, now := markKey{person, c}, time.Now()
	received = max(received, read)
	m.mu.Lock()
	defer m.mu.Unlock()
	p, ok := m.by[k]
	switch {
	case !ok && len(m.by) >= mostMarks:
		return false
	case ok && received <= p.received && read <= p.read:
		return true
	case !ok || p.sent:
		p.sent, p.due = false, now.Add(receivedWaits)
	}
	if soon := now.Add(readWaits); read > p.read && soon.Before(p.due) {
		p.due = soon
	}
	p.received, p.read = max(p.received, received), max(p.read, read)
	m.by[k] = p
	return true
}

// lift raises a head's marks to those that are on their way to the store. How
// many messages lie below the mark is then counted as if all entries above it
// were messages: it is never more than what the store will say.
func (m *marks) lift(person api.UserID, h *api.Head) {
	m.mu.Lock()
	p, ok := m.by[markKey{person, h.Conversation}]
	m.mu.Unlock()
	if !ok {
		return
	}
	if read := min(p.read, h.LastSeq); read > h.ReadSeq {
		h.ReadSeq = read
		h.ReadOrd = max(h.ReadOrd, h.LastOrd-(h.LastSeq-read))
		if read == h.LastSeq {
			h.Mentions = 0
		}
	}
	h.ReceivedSeq = max(h.ReceivedSeq, min(p.received, h.LastSeq), h.ReadSeq)
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

// take notes what it returns as published, and forgets what was so for long enough.
func (m *marks) take(all bool) (batch []topic.Mark) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, p := range m.by {
		switch due := !now.Before(p.due); {
		case p.sent && due:
			delete(m.by, k)
		case !p.sent && (due || all) && len(batch) < marksBatch:
			batch = append(batch, topic.Mark{Conversation: k.conversation, Person: k.person, Received: p.received, Read: p.read})
			p.sent, p.due = true, now.Add(sentKept)
			m.by[k] = p
		}
	}
	return batch
}

// back has marks published again that were not taken, or those above them.
func (m *marks) back(batch []topic.Mark) {
	now := time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, b := range batch {
		k := markKey{b.Person, b.Conversation}
		if p, ok := m.by[k]; ok && p.sent {
			p.sent, p.due = false, now.Add(readWaits)
			m.by[k] = p
		}
	}
}

// publishMarks puts marks on the log. They carry no action id and no outcome.
func (g *Gateway) publishMarks(ctx context.Context, batch []topic.Mark) error {
	es := make([]*topic.Envelope, len(batch))
	for i := range batch {
		es[i] = &topic.Envelope{Mark: &batch[i], Sender: batch[i].Person, At: api.Now()}
	}
	return g.publish(ctx, es...)
}
