package presence_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/presence"
)

// world is a board with the bob whom ada watches.
type world struct {
	t       *testing.T
	board   *presence.Board
	ada     *presence.Watch
	bob     api.UserID
	gateway api.GatewayID

	mu      sync.Mutex
	here    bool // bob, at this gateway
	there   bool // bob, at another one
	visible bool
	broken  error // of reading who is visible
	full    bool  // ada's queue
	told    []bool
	asked   int
	sent    []topic.Live
}

func (w *world) Send(items []bus.Item) {
	w.mu.Lock()
	there := w.there
	for _, it := range items {
		l, err := topic.DecodeLive(it.Value)
		if err != nil {
			w.t.Error(err)
		}
		if l.Kind == topic.LiveAsk {
			w.asked++
		} else {
			w.sent = append(w.sent, l)
		}
	}
	w.mu.Unlock()
	if there && len(items) > 0 {
		w.board.Seen(w.bob)
	}
}

func (w *world) Listen(bus.Receiver) bus.Interest { panic("the board listens to nothing") }

func (w *world) set(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// last is what ada was told last of bob.
func (w *world) last() (online, told bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.told) == 0 {
		return false, false
	}
	return w.told[len(w.told)-1], true
}

// start runs a board in a bubble, and f beside it.
func start(t *testing.T, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, bob: api.NewUserID(), gateway: api.NewGatewayID(), visible: true}
		w.board = presence.New(presence.Config{
			Gateway: w.gateway, Live: w, Log: slog.New(slog.DiscardHandler),
			Here: func(api.UserID) bool { w.mu.Lock(); defer w.mu.Unlock(); return w.here },
			Visible: func(_ context.Context, _ api.UserID, handles []string) (map[string]api.UserID, error) {
				w.mu.Lock()
				defer w.mu.Unlock()
				if w.visible && len(handles) > 0 {
					return map[string]api.UserID{"bob": w.bob}, w.broken
				}
				return nil, w.broken
			},
		})
		w.ada = w.board.NewWatch(api.NewUserID(), func(people []api.Presence) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.full {
				return false
			}
			for _, p := range people {
				w.told = append(w.told, p.Online)
			}
			return true
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.board.Run(ctx) }()
		f(w)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// watch returns what ada was answered, and fails if she had been told anything newer before.
func (w *world) watch() (online bool) {
	w.t.Helper()
	var people []api.Presence
	_, before := w.last()
	err := w.board.Set(w.t.Context(), w.ada, []string{"bob"}, func(list []api.Presence) {
		if people = list; !before {
			if _, told := w.last(); told {
				w.t.Error("ada was told what is newer before she was answered")
			}
		}
	})
	if err != nil || len(people) != 1 || people[0].Handle != "bob" {
		w.t.Fatalf("watched %v, %v", people, err)
	}
	return people[0].Online
}

// becomes waits at most a minute, the age that is promised, for ada to be told.
func (w *world) becomes(online bool) {
	w.t.Helper()
	time.Sleep(time.Minute)
	synctest.Wait()
	if got, told := w.last(); !told || got != online {
		w.t.Fatalf("after a minute ada was told %v (%v), not %v", got, told, online)
	}
}

func TestWhoIsOnAnotherGatewayIsOnlineWhileItAnswers(t *testing.T) {
	start(t, func(w *world) {
		w.set(func() { w.there = true })
		w.watch()
		w.becomes(true)
		w.set(func() { w.there = false })
		w.becomes(false)
		w.set(func() { w.here = true })
		w.becomes(true)
	})
}

func TestWhoReconnectsWithinSecondsWasNeverGone(t *testing.T) {
	start(t, func(w *world) {
		w.set(func() { w.here = true })
		if !w.watch() {
			t.Fatal("bob is here, and offline")
		}
		w.set(func() { w.here = false })
		w.board.Left(w.bob)
		time.Sleep(3 * time.Second)
		w.set(func() { w.here = true })
		w.board.Seen(w.bob)
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, told := w.last(); told {
			t.Error("ada was told of it")
		}
		w.set(func() { w.here = false })
		w.board.Left(w.bob)
		time.Sleep(8 * time.Second)
		synctest.Wait()
		if online, told := w.last(); online || !told {
			t.Error("eight seconds after he left, bob is still online")
		}
	})
}

func TestWhoMayNotBeSeenAnyMoreIsGoneWithinAMinute(t *testing.T) {
	for what, lose := range map[string]func(*world){
		"a block":       func(w *world) { w.visible = false },
		"a failed read": func(w *world) { w.broken = errors.New("the database is away") },
	} {
		start(t, func(w *world) {
			w.set(func() { w.here = true })
			w.watch()
			w.set(func() { lose(w) })
			w.becomes(false)
			if online, _ := w.last(); online {
				t.Errorf("%s: bob is still seen", what)
			}
			w.set(func() { w.visible, w.broken = true, nil })
			w.becomes(true)
		})
	}
}

func TestWhatASlowReaderWasNotToldIsToldLater(t *testing.T) {
	start(t, func(w *world) {
		w.watch()
		w.set(func() { w.full, w.here = true, true })
		w.board.Seen(w.bob)
		time.Sleep(10 * time.Second)
		w.set(func() { w.full = false })
		w.becomes(true)
	})
}

func TestNobodyIsAskedAfterWhomNobodyWatches(t *testing.T) {
	start(t, func(w *world) {
		w.watch()
		if err := w.board.Set(t.Context(), w.ada, nil, func([]api.Presence) {}); err != nil {
			t.Fatal(err)
		}
		w.set(func() { w.asked = 0 })
		time.Sleep(5 * time.Minute)
		w.board.Seen(w.bob)
		w.watch()
		w.board.Drop(w.ada)
		w.set(func() { w.asked = 0 })
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		w.set(func() {
			if w.asked > 0 {
				t.Errorf("asked %d times", w.asked)
			}
		})
	})
}

func TestAGatewayThatAskedIsAnswered(t *testing.T) {
	start(t, func(w *world) {
		w.board.Asked(w.bob, api.NewGatewayID())
		synctest.Wait()
		w.set(func() {
			if len(w.sent) != 1 || w.sent[0].Kind != topic.LivePresent || w.sent[0].Person != w.bob {
				t.Errorf("sent %+v", w.sent)
			}
		})
	})
}
