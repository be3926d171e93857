// Package presence tells connections which people they may see are connected.
//
// It is asked for, never pushed to everyone (wire: State). A Board knows who
// watches whom at one gateway. Who is connected here, it sees; whether they are
// connected elsewhere, it asks the other gateways over the live channel, and
// takes no answer for some time as no. Nothing is stored, and what it tells may
// be a minute old (promise P). Whom one may see is read when a watch begins and
// once a minute after. All methods may be called concurrently; New starts
// nothing, Run ends when its context does.
package presence

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
)

// How old what is told may be: together below the minute of promise P.
const (
	askEvery   = 15 * time.Second
	lastsFor   = 35 * time.Second // after the last sign of a person
	checkEvery = 45 * time.Second // how long what one may see is believed
	tickEvery  = 2 * time.Second
)

// Config is what a Board is made of.
type Config struct {
	Gateway api.GatewayID
	Live    bus.Live
	// Here reports whether a person has a connection to this gateway. It must not wait.
	Here func(api.UserID) bool
	// Visible are those of handles whom a person may see, with their users.
	Visible func(ctx context.Context, user api.UserID, handles []string) (map[string]api.UserID, error)
	Log     *slog.Logger
}

// Board keeps who watches whom.
type Board struct {
	cfg Config

	mu      sync.Mutex
	people  map[api.UserID]*person // who is watched
	watches map[*Watch]struct{}
	fresh   []*Watch   // have news
	answers []bus.Item // for other gateways, sent by Run
	answer  chan struct{}
}

// person is one who is watched.
type person struct {
	online   bool
	seen     time.Time // the last sign of them
	watchers map[*Watch]string
}

// Watch is one connection's.
type Watch struct {
	user    api.UserID
	tell    func([]api.Presence) bool
	handles []string              // as they were asked for
	visible map[string]api.UserID // those who may be seen
	checked time.Time             // when that was read
	behind  bool                  // something could not be told
	news    []api.Presence        // gathered within one call of the Board
}

// New makes a board on which nobody is watched.
func New(cfg Config) *Board {
	return &Board{cfg: cfg, people: map[api.UserID]*person{}, watches: map[*Watch]struct{}{}, answer: make(chan struct{}, 1)}
}

// NewWatch makes a watch for a connection of user. tell gets who came or went;
// it must not wait, and returns false when it could not hand it on: then all are told again.
func (b *Board) NewWatch(user api.UserID, tell func([]api.Presence) bool) *Watch {
	return &Watch{user: user, tell: tell}
}

// Set has w watch handles in place of those before, and calls answer with where
// they stand as far as is known here: before w is told anything newer, so answer
// must not wait. An error is of reading who may be seen; then w watches whom it did.
func (b *Board) Set(ctx context.Context, w *Watch, handles []string, answer func([]api.Presence)) error {
	visible, err := b.cfg.Visible(ctx, w.user, handles)
	if err != nil {
		return err
	}
	b.mu.Lock()
	b.place(w, handles, visible, time.Now())
	answer(b.all(w))
	asks := b.asks(w.visible)
	b.mu.Unlock()
	b.cfg.Live.Send(asks)
	return nil
}

// Drop ends w.
func (b *Board) Drop(w *Watch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.place(w, nil, nil, time.Time{})
}

// Seen is a sign of a person: they connected here, or another gateway has them.
func (b *Board) Seen(user api.UserID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.people[user]; p != nil {
		b.sign(p, time.Now())
		b.flush()
	}
}

// Left tells that a connection of a person ended here. If it was the last one,
// and no other gateway has them, they are gone within seconds.
func (b *Board) Left(user api.UserID) {
	b.mu.Lock()
	var items []bus.Item
	if p := b.people[user]; p != nil && p.online && !b.cfg.Here(user) {
		p.seen = time.Now().Add(leftAfter - lastsFor)
		items = b.ask(nil, user)
	}
	b.mu.Unlock()
	b.cfg.Live.Send(items)
}

// Asked has Run answer a gateway that asked after a person who is connected here.
func (b *Board) Asked(user api.UserID, by api.GatewayID) {
	l := topic.Live{Kind: topic.LivePresent, Person: user}
	b.mu.Lock()
	b.answers = append(b.answers, bus.Item{Key: bus.Key{Kind: bus.Gateway, ID: by}, Value: l.Append(nil)})
	b.mu.Unlock()
	select {
	case b.answer <- struct{}{}:
	default:
	}
}

// Run asks, answers and lets go who is gone, until ctx ends.
func (b *Board) Run(ctx context.Context) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	asked := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.answer:
			b.mu.Lock()
			items := b.answers
			b.answers = nil
			b.mu.Unlock()
			b.cfg.Live.Send(items)
		case <-tick.C:
			now := time.Now()
			b.mu.Lock()
			b.look(now)
			var asks []bus.Item
			if now.Sub(asked) >= askEvery {
				asked, asks = now, b.asksForAll()
			}
			due := b.due(now)
			b.mu.Unlock()
			b.cfg.Live.Send(asks)
			b.check(ctx, due)
		}
	}
}
