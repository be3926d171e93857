package stream

import (
	"strconv"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// lag measures how far away the server is while nothing is sent. It belongs to
// one connection, which pings when it becomes live and then once in a while.
type lag struct {
	every time.Duration // 0: never
	last  time.Time     // when the last round trip began, or an action's ended
	ref   string        // of the ping that is under way, "" for none
	pings int
}

// due is the ping to send now, if it is time for one. An answer that is lost is
// not waited for.
func (l *lag) due(now time.Time) (f api.ClientFrame, ok bool) {
	if l.every == 0 || now.Sub(l.last) < l.every {
		return f, false
	}
	l.pings++
	l.last, l.ref = now, "ping-"+strconv.Itoa(l.pings)
	return api.ClientFrame{Kind: api.FramePing, Ref: l.ref}, true
}

// next is when the next ping is due.
func (l *lag) next() (time.Time, bool) { return l.last.Add(l.every), l.every > 0 }

// pong takes an answer. What is measured is from the last ping.
func (l *lag) pong(ref string, now time.Time) (took time.Duration, ok bool) {
	if l.ref == "" || ref != l.ref {
		return 0, false
	}
	l.ref = ""
	return max(now.Sub(l.last), 1), true
}

// acted tells that an action's way was measured.
func (l *lag) acted(now time.Time) { l.last, l.ref = now, "" }
