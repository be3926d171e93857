package intake

import (
	"sync"

	"github.com/chatctl/chatctl/server/api"
)

// waiting holds the HTTP requests that wait for the result of their action (RFC 7240, wait).
// One is registered before its action is published, so that no result can come too early.
type waiting struct {
	mu sync.Mutex
	by map[int64]chan answered
}

// answered is what an attempt comes to: the result's frame, or a conflict.
type answered struct {
	frame    []byte
	conflict bool
}

func (a answered) result() (*api.Result, error) {
	if a.conflict {
		return nil, ErrConflict
	}
	f, err := api.DecodeTolerant[api.ServerFrame](a.frame)
	if err != nil || f.Result == nil {
		return nil, api.NewProblem("unknown_outcome", "retry with the same key").Later(1)
	}
	return f.Result, nil
}

func newWaiting() *waiting { return &waiting{by: map[int64]chan answered{}} }

// add registers an attempt; the channel takes the one answer.
func (w *waiting) add(attempt int64) <-chan answered {
	ch := make(chan answered, 1)
	w.mu.Lock()
	w.by[attempt] = ch
	w.mu.Unlock()
	return ch
}

func (w *waiting) drop(attempt int64) {
	w.mu.Lock()
	delete(w.by, attempt)
	w.mu.Unlock()
}

// tell answers an attempt, once, and reports whether anyone waited.
func (w *waiting) tell(attempt int64, a answered) bool {
	w.mu.Lock()
	ch, ok := w.by[attempt]
	delete(w.by, attempt)
	w.mu.Unlock()
	if ok {
		ch <- a
	}
	return ok
}
