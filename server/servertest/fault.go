package servertest

import (
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api/topic"
)

// loseEvery loses every n-th live entry before a gateway handles it.
func loseEvery(n int) func(topic.Live) bool {
	if n == 0 {
		return nil
	}
	var count atomic.Int64
	return func(l topic.Live) bool {
		return l.Kind == topic.LiveEntry && count.Add(1)%int64(n) == 0
	}
}
