package jetstream

import (
	"hash/maphash"
	"slices"
	"sync"

	"github.com/chatctl/chatctl/server/bus"
)

const (
	liveShards = 64
	// What may wait for one listener. Beyond it the queue is dropped and the
	// listener told to compare with the store.
	liveItems = 64 << 10
	liveBytes = 32 << 20
)

// Live is a bus.Live as a map in the process. All methods may be called concurrently.
type Live struct {
	seed   maphash.Seed
	shards [liveShards]liveShard
}

// liveShard holds who wants a part of the keys. The slices are never changed,
// only replaced, so that Send reads them without the lock.
type liveShard struct {
	mu     sync.RWMutex
	wanted map[bus.Key][]*listener
}

// NewLive makes a live channel. It starts nothing.
func NewLive() *Live {
	l := &Live{seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].wanted = make(map[bus.Key][]*listener)
	}
	return l
}

func (l *Live) shard(k bus.Key) *liveShard {
	return &l.shards[maphash.Comparable(l.seed, k)%liveShards]
}

// Send queues each item once for every listener that wants its key, and returns.
func (l *Live) Send(items []bus.Item) {
	var few [4]outgoing
	out := few[:0]
	for _, item := range items {
		s := l.shard(item.Key)
		s.mu.RLock()
		listeners := s.wanted[item.Key]
		s.mu.RUnlock()
		for _, to := range listeners {
			i := slices.IndexFunc(out, func(o outgoing) bool { return o.to == to })
			if i < 0 {
				i, out = len(out), append(out, outgoing{to: to})
			}
			out[i].items = append(out[i].items, item)
		}
	}
	for _, o := range out {
		o.to.enqueue(o.items)
	}
}

// outgoing is what one Send has for one listener.
type outgoing struct {
	to    *listener
	items []bus.Item
}

// Listen registers r. Close must not be called from within r's methods.
func (l *Live) Listen(r bus.Receiver) bus.Interest {
	return &listener{live: l, to: r, wants: make(map[bus.Key]struct{})}
}

// listener is one interest and the queue to its receiver.
type listener struct {
	live *Live
	to   bus.Receiver

	interest sync.Mutex // guards wants, and is held while the shards are changed
	wants    map[bus.Key]struct{}

	mu     sync.Mutex // guards what follows
	queue  []bus.Item
	bytes  int
	lost   bool // the queue was dropped, and Resync not called yet
	closed bool
	pump   chan struct{} // closed when the goroutine that delivers ends; nil when there is none
}

// Want adds keys; what is sent after it returned is delivered.
func (l *listener) Want(keys ...bus.Key) {
	l.interest.Lock()
	defer l.interest.Unlock()
	if l.wants == nil {
		return // closed
	}
	for _, k := range keys {
		if _, is := l.wants[k]; is {
			continue
		}
		l.wants[k] = struct{}{}
		s := l.live.shard(k)
		s.mu.Lock()
		s.wanted[k] = append(slices.Clip(s.wanted[k]), l)
		s.mu.Unlock()
	}
}

// Drop removes keys; what is queued may still be delivered.
func (l *listener) Drop(keys ...bus.Key) {
	l.interest.Lock()
	defer l.interest.Unlock()
	for _, k := range keys {
		if _, is := l.wants[k]; is {
			delete(l.wants, k)
			l.leave(k)
		}
	}
}

func (l *listener) leave(k bus.Key) {
	s := l.live.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.wanted[k]) == 1 {
		delete(s.wanted, k)
		return
	}
	s.wanted[k] = slices.DeleteFunc(slices.Clone(s.wanted[k]), func(o *listener) bool { return o == l })
}

// Close drops every key and waits until the receiver's last call has returned.
func (l *listener) Close() {
	l.interest.Lock()
	for k := range l.wants {
		l.leave(k)
	}
	l.wants = nil
	l.interest.Unlock()

	l.mu.Lock()
	l.closed, l.queue, l.lost = true, nil, false
	pump := l.pump
	l.mu.Unlock()
	if pump != nil {
		<-pump
	}
}

// enqueue appends items, or drops all when they are too many, and sees that
// somebody delivers. It never waits for the receiver.
func (l *listener) enqueue(items []bus.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	size := 0
	for i := range items {
		size += len(items[i].Value)
	}
	switch {
	case len(l.queue)+len(items) > liveItems || l.bytes+size > liveBytes:
		l.queue, l.bytes, l.lost = nil, 0, true
	case l.queue == nil:
		l.queue, l.bytes = items, size
	default:
		l.queue, l.bytes = append(l.queue, items...), l.bytes+size
	}
	if l.pump == nil {
		l.pump = make(chan struct{})
		go l.deliver(l.pump)
	}
}

// deliver hands over what is queued, until nothing is. There is one at a time.
func (l *listener) deliver(ended chan struct{}) {
	defer close(ended)
	for {
		l.mu.Lock()
		items, lost := l.queue, l.lost
		l.queue, l.bytes, l.lost = nil, 0, false
		if items == nil && !lost {
			l.pump = nil
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
		if lost {
			l.to.Resync()
		}
		if items != nil {
			l.to.Deliver(items)
		}
	}
}
