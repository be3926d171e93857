package accounttest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
)

// Clock is a wall clock that a test moves.
type Clock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time // it runs since then; zero: it stands
}

// Now is what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

// Go has the clock go with the time of a synctest bubble.
func (c *Clock) Go() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Chat stands for the chat service, which applies standings.
type Chat struct {
	mu        sync.Mutex
	away      bool
	late      bool
	waiting   []topic.Standing // until it is late no more
	standings map[api.UserID]topic.Standing
	changed   chan struct{}
}

func newChat() *Chat {
	return &Chat{standings: map[api.UserID]topic.Standing{}, changed: make(chan struct{})}
}

// Set makes its log refuse records (away), or keeps it from applying them for now (late).
func (c *Chat) Set(away, late bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away, c.late = away, late
	c.apply()
}

// Publish is the log of the topic accounts, with chat behind it.
func (c *Chat) Publish(_ context.Context, recs []bus.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return errors.New("the log is away")
	}
	for _, r := range recs {
		s, err := topic.DecodeStanding(r.Value)
		if err != nil {
			return err
		}
		if api.UserID(r.Key) != s.User {
			return errors.New("a standing is keyed by its user")
		}
		c.waiting = append(c.waiting, *s)
	}
	c.apply()
	return nil
}

// apply applies what waits, unless chat is late. c.mu is held.
func (c *Chat) apply() {
	if c.late {
		return
	}
	for _, s := range c.waiting {
		if s.Version > c.standings[s.User].Version {
			c.standings[s.User] = s
		}
	}
	c.waiting = nil
	close(c.changed)
	c.changed = make(chan struct{})
}

// Applied waits until that version of the user's standing was applied.
func (c *Chat) Applied(ctx context.Context, user api.UserID, version int64) error {
	for {
		c.mu.Lock()
		have, changed := c.standings[user].Version, c.changed
		c.mu.Unlock()
		if have >= version {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Standing is what chat knows of an account.
func (c *Chat) Standing(u api.UserID) topic.Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.standings[u]
}

// Forget loses what was applied.
func (c *Chat) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.standings = map[api.UserID]topic.Standing{}
}

// Letters is a mail.Sender that keeps the texts that it is given.
type Letters chan string

// Send keeps a letter.
func (l Letters) Send(ctx context.Context, _, _, text string) error {
	select {
	case l <- text:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
