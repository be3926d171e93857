package stream

import (
	"fmt"

	"github.com/chatctl/chatctl/server/api"
)

// ClosedError tells that the server closed a stream for good: coming back would
// end in the same way.
type ClosedError struct {
	Code   api.CloseCode
	Reason string
}

func (e *ClosedError) Error() string {
	s := fmt.Sprintf("the server ended the connection for good (close code %d)", e.Code)
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}
