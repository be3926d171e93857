package account

import (
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
)

const (
	cacheLife = 2 * time.Second // promise R: a revocation by another gateway is seen within
	cacheSize = 10_000
)

// cache keeps principals of tokens that were looked up lately.
type cache struct {
	now func() time.Time

	mu   sync.Mutex
	turn int64 // raised by forget: what was read before is not kept after
	rows map[secret.Digest]cached
}

type cached struct {
	principal Principal
	read      time.Time
}

func newCache(now func() time.Time) *cache { return &cache{now: now, rows: map[secret.Digest]cached{}} }

// get also returns the turn, to be handed to put with what is read instead.
func (c *cache) get(digest secret.Digest) (p Principal, turn int64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.rows[digest]
	if age := c.now().Sub(row.read); ok && (age < 0 || age >= cacheLife) {
		delete(c.rows, digest)
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
	if len(c.rows) >= cacheSize {
		c.rows = map[secret.Digest]cached{} // simpler than an order of use, and read again within milliseconds
	}
	c.rows[digest] = cached{p, read}
}

func (c *cache) forget(user api.UserID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	for d, row := range c.rows {
		if row.principal.User == user {
			delete(c.rows, d)
		}
	}
}

// uses are sessions that were used, until they are written down.
type uses struct {
	mu   sync.Mutex
	last map[api.SessionID]api.Time
}

func newUses() *uses { return &uses{last: map[api.SessionID]api.Time{}} }

func (u *uses) note(id api.SessionID, at api.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.last[id] = at
}

func (u *uses) take() map[api.SessionID]api.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := u.last
	u.last = map[api.SessionID]api.Time{}
	return taken
}
