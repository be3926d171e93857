package server

import (
	"context"
	"runtime/debug"
	"time"
)

// releaseMemory gives memory back to the system after each burst of
// connections, until ctx ends. A handshake leaves several times of what stays as
// garbage, half of it net/http's buffers, which a hijacked connection cannot
// return. The runtime would keep that room for as long as nothing happens.
func releaseMemory(ctx context.Context, connections func() int) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var b burst
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if b.over(connections()) {
			debug.FreeOSMemory()
		}
	}
}

// A burst is over when the number of connections has not grown by a hundredth
// for burstOver looks; it was one when they are more by burstLeast and a quarter.
const (
	burstOver  = 3
	burstLeast = 1000
)

// burst watches the number of connections.
type burst struct{ last, settled, quiet int }

// over is told the number at regular intervals and reports true once after each burst.
func (b *burst) over(n int) bool {
	b.quiet++
	if n-b.last > n/100 {
		b.quiet = 0
	}
	b.last, b.settled = n, min(b.settled, n)
	if b.quiet < burstOver || n-b.settled < max(burstLeast, b.settled/4) {
		return false
	}
	b.settled = n
	return true
}
