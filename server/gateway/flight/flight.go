// Package flight is one gateway's flight recorder: the last pushes of entries, and
// the last marks that devices sent, so that an administrator can follow an action
// to the devices that acknowledged it.
//
// It keeps a fixed number of each and nothing of what was written. Recording
// takes no memory and never waits for who reads: the oldest give way. What it
// knows is lost with the process. All methods may be called concurrently.
package flight

import (
	"sync"

	"github.com/chatctl/chatctl/server/api"
)

// kept is how many pushes, and how many marks, are remembered.
const kept = 4096

// Recorder remembers.
type Recorder struct {
	gateway api.GatewayID
	pushes  ring[push]
	marks   ring[mark]
}

// push is entries that were queued for connections together.
type push struct {
	conversation api.ConversationID
	first, last  int64
	connections  int
}

// mark is how far a device said that it has received and read.
type mark struct {
	conversation   api.ConversationID
	by             Device
	received, read int64
}

// Device is who sent a mark: a session, by which of its streams (0: a request).
type Device struct {
	User    api.UserID
	Session api.SessionID
	Stream  int64
}

// New returns a recorder of a gateway, with nothing in it.
func New(gateway api.GatewayID) *Recorder {
	now := api.Now()
	return &Recorder{gateway: gateway, pushes: newRing[push](now), marks: newRing[mark](now)}
}

// Pushed notes that the entries first to last of a conversation were queued for so many connections.
func (r *Recorder) Pushed(c api.ConversationID, first, last int64, connections int) {
	r.pushes.add(push{c, first, last, connections})
}

// Marked notes that a device told how far it has received and read.
func (r *Recorder) Marked(by Device, c api.ConversationID, received, read int64) {
	r.marks.add(mark{c, by, received, read})
}

// Way is what is remembered of the entry seq: its pushes, and the first mark by
// which each device said that it has it, and that it was read, oldest first.
func (r *Recorder) Way(c api.ConversationID, seq int64) api.Way {
	w := api.Way{Gateway: r.gateway, Pushes: []api.Push{}, Acknowledged: []api.Acknowledged{}}
	w.PushesSince = r.pushes.each(func(at api.Time, p *push) {
		if p.conversation == c && p.first <= seq && seq <= p.last {
			w.Pushes = append(w.Pushes, api.Push{Time: at, First: p.first, Last: p.last, Connections: p.connections})
		}
	})
	known := map[Device]int{}
	w.MarksSince = r.marks.each(func(at api.Time, m *mark) {
		if m.conversation != c || max(m.received, m.read) < seq {
			return
		}
		i, again := known[m.by]
		if !again {
			i = len(w.Acknowledged)
			known[m.by] = i
			w.Acknowledged = append(w.Acknowledged, api.Acknowledged{User: m.by.User, Session: m.by.Session, Connection: m.by.Stream, Received: at})
		}
		if a := &w.Acknowledged[i]; a.Read == 0 && m.read >= seq {
			a.Read = at
		}
	})
	return w
}

// ring is the last things of a kind, each with its time.
type ring[T any] struct {
	mu    sync.Mutex
	since api.Time // all are there from then on
	next  int      // where the next goes: the oldest, once it is full
	full  bool
	all   []timed[T]
}

type timed[T any] struct {
	at   api.Time
	what T
}

func newRing[T any](now api.Time) ring[T] {
	return ring[T]{since: now, all: make([]timed[T], kept)}
}

func (r *ring[T]) add(what T) {
	now := api.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		r.since = r.all[r.next].at + 1
	}
	r.all[r.next] = timed[T]{now, what}
	if r.next++; r.next == len(r.all) {
		r.next, r.full = 0, true
	}
}

// each calls fn with what is there, oldest first, and tells since when nothing is missing.
func (r *ring[T]) each(fn func(api.Time, *T)) api.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.full {
		for i := r.next; i < len(r.all); i++ {
			fn(r.all[i].at, &r.all[i].what)
		}
	}
	for i := range r.next {
		fn(r.all[i].at, &r.all[i].what)
	}
	return r.since
}
