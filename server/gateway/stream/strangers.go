package stream

import (
	"context"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// signInTime is how long a stream may be open without having signed in (security: limits).
const signInTime = 5 * time.Second

// strangers are the streams that have not signed in yet. How many there are is bounded elsewhere.
type strangers struct {
	mu    sync.Mutex
	until map[*stream]time.Time
}

func newStrangers() *strangers { return &strangers{until: map[*stream]time.Time{}} }

// expect closes s after signInTime, unless it is forgotten before.
func (w *strangers) expect(s *stream) {
	w.mu.Lock()
	w.until[s] = time.Now().Add(signInTime)
	w.mu.Unlock()
}

func (w *strangers) forget(s *stream) {
	w.mu.Lock()
	delete(w.until, s)
	w.mu.Unlock()
}

func (w *strangers) run(ctx context.Context) error {
	tick := time.NewTicker(signInTime / 20)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			w.close(now)
		}
	}
}

// close never waits: closing a stream only queues its close frame.
func (w *strangers) close(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s, until := range w.until {
		if now.After(until) {
			delete(w.until, s)
			s.conn.Close(api.CloseAuthTimeout, "no sign-in within 5 s")
		}
	}
}
