package stream

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// List is how the streams stand after a number, ascending, at most limit of them.
func (ss *Streams) List(after int64, limit int) []api.Connection {
	var found []*stream
	ss.mu.Lock()
	for n, s := range ss.streams {
		if n > after {
			found = append(found, s)
		}
	}
	ss.mu.Unlock()
	slices.SortFunc(found, func(a, b *stream) int { return cmp.Compare(a.number, b.number) })
	found = found[:min(limit, len(found))]
	list := make([]api.Connection, 0, len(found))
	for _, s := range found {
		list = append(list, ss.look(s))
	}
	return list
}

// Find is one stream as List shows it; false when it is gone.
func (ss *Streams) Find(number int64) (api.Connection, bool) {
	s := ss.numbered(number)
	if s == nil {
		return api.Connection{}, false
	}
	return ss.look(s), true
}

// Of are the numbers of the streams of each of users, ascending.
func (ss *Streams) Of(users []api.UserID) map[api.UserID][]int64 {
	of := make(map[api.UserID][]int64, len(users))
	for _, u := range users {
		of[u] = []int64{}
	}
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for n, s := range ss.streams {
		if numbers, asked := of[s.conn.User()]; asked {
			of[s.conn.User()] = append(numbers, n)
		}
	}
	for _, numbers := range of {
		slices.Sort(numbers)
	}
	return of
}

// Kick sends the client of a stream away; it may come back. False: it is gone.
func (ss *Streams) Kick(number int64) bool {
	s := ss.numbered(number)
	if s == nil {
		return false
	}
	s.conn.Close(api.CloseTryAgain, "an administrator ended the connection")
	return true
}

func (ss *Streams) numbered(n int64) *stream {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return ss.streams[n]
}

func (ss *Streams) look(s *stream) api.Connection {
	l := s.conn.Look()
	c := api.Connection{
		Gateway: ss.cfg.Gateway, Connection: s.number, User: s.conn.User(), Session: s.conn.Session(),
		Address: s.from.String(), Transport: api.WebSocket, Opened: api.TimeOf(s.opened), Live: l.Live, Lagging: l.Lagging,
		Rooms: l.Rooms, Frames: l.Frames, Bytes: l.Bytes, SilentMS: l.Silent.Milliseconds(), Slow: slowness(l),
	}
	if l.Events {
		c.Transport = api.ServerSentEvents
	}
	if handle := s.handle.Load(); handle != nil {
		c.Handle = *handle
	}
	return c
}

// slowness says what holds a stream up, the worst first.
func slowness(l hub.Look) string {
	switch {
	case l.Silent > api.PingEvery+5*time.Second:
		return fmt.Sprintf("nothing has come from it for %v: its network may be gone", l.Silent.Round(time.Second))
	case l.Lagging:
		return "it did not read fast enough: its queue was dropped, and it reads anew"
	case l.Refused:
		return fmt.Sprintf("its socket takes no more: %d frames wait behind what the client has not read", l.Frames)
	case l.Frames > 64:
		return fmt.Sprintf("%d frames wait for their turn: this gateway is busy", l.Frames)
	}
	return ""
}
