package session

import (
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

const (
	useEvery  = 10 * time.Minute // how exactly the last use of a session is known, and so its idle life
	writeUses = time.Minute
	lastUses  = 5 * time.Second // for those that are written when the server stops
)

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

func (a *Authority) noteUse(f found) {
	if a.alive(f) && f.lastUsed < a.ago(useEvery) {
		a.used.note(f.principal.Session, a.time())
	}
}
