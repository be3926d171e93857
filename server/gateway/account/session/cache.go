package session

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
)

const (
	cacheLife = 2 * time.Second // promise R: a revocation by another gateway is seen within
	cacheSize = 10_000          // of a generation
)

// cache keeps principals of tokens that were looked up lately, in two
// generations: run lets the older one go, so that an idle server holds none.
type cache struct {
	now func() time.Time

	mu         sync.Mutex
	turn       int64 // raised by forget: what was read before is not kept after
	young, old map[secret.Digest]cached
}

type cached struct {
	principal Principal
	read      time.Time
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, young: map[secret.Digest]cached{}}
}

// run lets rows go once they are too old to be used, until ctx ends.
func (c *cache) run(ctx context.Context) error {
	tick := time.NewTicker(cacheLife / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		c.mu.Lock()
		if len(c.young)+len(c.old) > 0 {
			c.age()
		}
		c.mu.Unlock()
	}
}

// age begins a new generation. c.mu is held.
func (c *cache) age() { c.young, c.old = map[secret.Digest]cached{}, c.young }

// get also returns the turn, to be handed to put with what is read instead.
func (c *cache) get(digest secret.Digest) (p Principal, turn int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.young[digest]
	if !ok {
		row, ok = c.old[digest]
	}
	if age := c.now().Sub(row.read); ok && (age < 0 || age >= cacheLife) {
		ok = false
	}
	return row.principal, c.turn, ok
}

// put keeps p unless something was forgotten since get: p may be from before.
func (c *cache) put(digest secret.Digest, p Principal, read time.Time, turn int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if turn != c.turn {
		return
	}
	if len(c.young) >= cacheSize {
		c.age()
	}
	c.young[digest] = cached{p, read}
}

func (c *cache) forget(user api.UserID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	for _, rows := range []map[secret.Digest]cached{c.young, c.old} {
		maps.DeleteFunc(rows, func(_ secret.Digest, row cached) bool { return row.principal.User == user })
	}
}
