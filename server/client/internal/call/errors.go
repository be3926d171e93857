package call

import (
	"errors"
	"fmt"
)

// ErrUnreachable says that no server took the request: nothing was accepted.
var ErrUnreachable = errors.New("the server cannot be reached")

// ErrForeign says that what answered does not speak as a chatctl server of this version.
var ErrForeign = errors.New("the answer is not understood")

// ErrReadOnly says that the request would change something, which this client must not.
var ErrReadOnly = errors.New("this sign-in is read-only, and that would change something")

// ErrUnknown says that the request was accepted, or that nobody knows; it is in
// every UnknownError.
var ErrUnknown = errors.New("the outcome is not known")

// UnknownError tells that an action was asked for and its outcome did not come.
// Asking again with the same key does it once. It is ErrUnknown.
type UnknownError struct {
	Key      string // Idempotency-Key; empty for requests that have none
	Accepted bool   // the server has it on its log: the outcome will come
	Err      error  // what was seen last
}

func (e *UnknownError) Error() string {
	if e.Accepted {
		return fmt.Sprintf("accepted, but the outcome has not come: %v", e.Err)
	}
	return fmt.Sprintf("%v: %v", ErrUnknown, e.Err)
}

// Unwrap gives ErrUnknown and the cause.
func (e *UnknownError) Unwrap() []error { return []error{ErrUnknown, e.Err} }
