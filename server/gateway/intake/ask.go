package intake

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// LongestWait is how long a request may wait for its result.
const LongestWait = 30 * time.Second

// ErrConflict is what Ask answers when the action's key names another action.
var ErrConflict = errors.New("the key names another action")

// Ask puts e on the log and waits for its result for at most wait. It returns
// nil and no error when e is on the log (promise A1) and there was no result in
// time, or none was waited for.
func (i *Intake) Ask(ctx context.Context, e *topic.Envelope, wait time.Duration) (*api.Result, error) {
	e.Attempt, e.Wait = i.attempts.Add(1), wait > 0
	if !e.Wait {
		return nil, i.Publish(ctx, e)
	}
	result := i.waiting.add(e.Attempt)
	defer i.waiting.drop(e.Attempt)
	if err := i.Publish(ctx, e); err != nil {
		return nil, err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case got := <-result:
		return got.result()
	case <-timer.C:
	case <-i.released:
	case <-ctx.Done():
	}
	return nil, nil
}

// Administer puts an administrator's action on a held record or a report on the
// log and waits for its result. Its conversation's partition decides.
func (i *Intake) Administer(ctx context.Context, e *topic.Envelope) (api.Result, error) {
	e.ReplyTo, e.At = i.cfg.Gateway, api.Now()
	result, err := i.Ask(ctx, e, LongestWait)
	var p *api.Problem
	switch {
	case result != nil:
		return *result, nil
	case err != nil && (!errors.As(err, &p) || p.Code != "unknown_outcome"):
		return api.Result{}, err
	}
	return api.Result{}, api.NewProblem("unknown_outcome", "look at the list again").Later(5)
}

// Answer hands the frame of a result to the request whose attempt it answers.
func (i *Intake) Answer(attempt int64, frame []byte) {
	i.waiting.tell(attempt, answered{frame: frame})
}

// Conflict tells the request that attempted it of a conflict; false when no request waits for it.
func (i *Intake) Conflict(attempt int64) bool {
	return i.waiting.tell(attempt, answered{conflict: true})
}
