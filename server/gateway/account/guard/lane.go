package guard

import (
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/sweep"
	"github.com/chatctl/chatctl/server/store"
)

// After so many failures each further try waits, twice as long as the one
// before, up to the longest. It is never locked for good.
const (
	freeTries   = 5
	longestWait = 5 * time.Minute
	forgetTries = 24 * time.Hour
)

// countTry counts a failure in a lane, or refuses the try while the lane is closed.
func countTry(tx store.Tx, lane string, now api.Time) error {
	var tries int64
	var closed api.Time
	err := tx.Row(failuresOf, lane).Scan(&tries, &closed)
	var n int64
	switch {
	case errors.Is(err, store.ErrNoRow):
		n, err = tx.Exec(insertFailure, lane, now)
	case err != nil:
		return err
	case closed > now:
		return tooOften(closed - now)
	default:
		n, err = tx.Exec(raiseFailure, lane, tries, now, closedUntil(tries+1, now))
	}
	if err == nil && n == 0 { // another try came between
		return tooOften(1)
	}
	return err
}

// closedUntil is when the try after this one may come.
func closedUntil(tries int64, now api.Time) api.Time {
	if tries < freeTries {
		return 0
	}
	wait := longestWait
	if over := tries - freeTries; over < 20 {
		wait = min(time.Second<<over, longestWait)
	}
	return now + api.Time(wait.Milliseconds())
}

func tooOften(wait api.Time) error {
	return api.NewProblem("too_many", "too many wrong passwords for this account; wait").Later(int((wait + 999) / 1000))
}

// Clean forgets a part of the failures that are a day old, and tells whether there may be more.
func Clean(tx store.Tx, now api.Time) (more bool, err error) {
	return sweep.Part(tx, sweep.Delete{Statement: cleanFailures, Args: []any{now - api.Time(forgetTries.Milliseconds())}})
}
