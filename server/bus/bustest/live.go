package bustest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/bus"
)

// Live is the suite for the live channel.
func Live(t *testing.T, h Harness) {
	for _, c := range []struct {
		promise string
		test    func(*testing.T, bus.Live)
	}{
		{"OneCallersItemsStayInOrder", liveOrder},
		{"AListenerGetsWhatItWantsAndNothingElse", liveWanted},
		{"EachInterestedListenerGetsOneCopy", liveOneCopy},
		{"WhatIsSentAfterWantIsDelivered", liveWantThenSend},
		{"ASlowListenerBlocksNobodyAndIsToldToResync", liveSlow},
		{"AClosedListenerIsNotCalled", liveClosed},
	} {
		t.Run(c.promise, func(t *testing.T) { c.test(t, open(t, h, t.TempDir()).Live) })
	}
}

// ear is a receiver that keeps what it hears.
type ear struct {
	wait chan struct{} // Deliver waits for it to be closed, when not nil

	mu    sync.Mutex
	heard []string
	lost  int
}

func (e *ear) Deliver(items []bus.Item) {
	if e.wait != nil {
		<-e.wait
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, i := range items {
		e.heard = append(e.heard, string(i.Value))
	}
}

func (e *ear) Resync() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lost++
}

func (e *ear) all() ([]string, int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard), e.lost
}

func (e *ear) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.heard)
}

func (e *ear) hears(t *testing.T, want ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d items are heard", len(want)), func() bool { return e.count() >= len(want) })
	if got, _ := e.all(); !slices.Equal(got, want) {
		t.Errorf("heard %d items, not the %d that were to come, in order", len(got), len(want))
	}
}

func key(k bus.KeyKind, n byte) bus.Key { return bus.Key{Kind: k, ID: [16]byte{15: n}} }

func item(k bus.Key, text string) bus.Item { return bus.Item{Key: k, Value: []byte(text)} }

func liveOrder(t *testing.T, live bus.Live) {
	var e ear
	in := live.Listen(&e)
	defer in.Close()
	rooms := make([]bus.Key, 40)
	for i := range rooms {
		rooms[i] = key(bus.Conversation, byte(i))
	}
	in.Want(rooms...)
	var want []string
	for n := range 200 {
		var items []bus.Item
		for i := range 5 {
			text := fmt.Sprint(n, " ", i)
			want = append(want, text)
			items = append(items, item(rooms[(n*7+i*3)%len(rooms)], text))
		}
		live.Send(items)
	}
	e.hears(t, want...)
}

func liveWanted(t *testing.T, live bus.Live) {
	var e ear
	in := live.Listen(&e)
	defer in.Close()
	mine, other, same := key(bus.Conversation, 1), key(bus.Conversation, 2), key(bus.Person, 1)
	in.Want(mine, other)
	in.Drop(other)
	live.Send([]bus.Item{item(other, "dropped"), item(same, "another kind"), item(mine, "mine")})
	e.hears(t, "mine")
}

func liveOneCopy(t *testing.T, live bus.Live) {
	k, end := key(bus.Person, 1), key(bus.Gateway, 1)
	ears := make([]ear, 3)
	for i := range ears {
		in := live.Listen(&ears[i])
		defer in.Close()
		in.Want(k, end, k)
		in.Want(k)
	}
	live.Send([]bus.Item{item(k, "once"), item(end, "end")})
	for i := range ears {
		ears[i].hears(t, "once", "end")
	}
}

func liveWantThenSend(t *testing.T, live bus.Live) {
	var senders sync.WaitGroup
	for n := range byte(8) {
		senders.Go(func() {
			for i := range byte(50) {
				var e ear
				in := live.Listen(&e)
				k := bus.Key{Kind: bus.Gateway, ID: [16]byte{n, i}}
				in.Want(k)
				live.Send([]bus.Item{item(k, "hello")})
				e.hears(t, "hello")
				in.Close()
			}
		})
	}
	senders.Wait()
}

func liveSlow(t *testing.T, live bus.Live) {
	k := key(bus.Conversation, 1)
	slow, fast := ear{wait: make(chan struct{})}, ear{}
	in := live.Listen(&slow)
	defer in.Close()
	in.Want(k)
	other := live.Listen(&fast)
	defer other.Close()
	other.Want(k)
	const chunk, chunks = 1000, 200
	items := slices.Repeat([]bus.Item{item(k, "x")}, chunk)
	for n := 1; n <= chunks; n++ {
		live.Send(items)
		eventually(t, "the fast one has heard it", func() bool { return fast.count() == n*chunk })
	}
	close(slow.wait)
	eventually(t, "the slow one is told", func() bool { _, lost := slow.all(); return lost > 0 })
	live.Send([]bus.Item{item(k, "after")})
	eventually(t, "the slow one hears on", func() bool { got, _ := slow.all(); return slices.Contains(got, "after") })
	if got, _ := slow.all(); len(got) == chunks*chunk+1 {
		t.Error("the slow one was told although it lost nothing: the queue is not bounded")
	}
	if _, lost := fast.all(); lost > 0 {
		t.Error("the fast one was told too")
	}
}

func liveClosed(t *testing.T, live bus.Live) {
	k := key(bus.Conversation, 1)
	var closed, open ear
	in, other := live.Listen(&closed), live.Listen(&open)
	in.Want(k)
	other.Want(k)
	defer other.Close()
	in.Close()
	live.Send([]bus.Item{item(k, "late")})
	open.hears(t, "late")
	if got, lost := closed.all(); len(got) > 0 || lost > 0 {
		t.Errorf("heard %v, told %d times", got, lost)
	}
}
