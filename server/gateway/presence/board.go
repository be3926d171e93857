package presence

import (
	"context"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
)

// leftAfter is how soon one who left here is gone, unless another gateway says otherwise.
const leftAfter = 5 * time.Second

// place has w watch those who are visible, and nobody else. b.mu is held.
func (b *Board) place(w *Watch, handles []string, visible map[string]api.UserID, now time.Time) {
	before := w.visible
	w.handles, w.visible, w.checked = handles, visible, now
	for handle, user := range visible {
		p := b.people[user]
		if p == nil {
			p = &person{watchers: map[*Watch]string{}}
			b.people[user] = p
		}
		p.watchers[w] = handle
		if b.cfg.Here(user) {
			b.sign(p, now)
		}
	}
	for handle, user := range before {
		if visible[handle] == user {
			continue
		}
		p := b.people[user]
		if delete(p.watchers, w); len(p.watchers) == 0 {
			delete(b.people, user)
		}
	}
	if b.watches[w] = struct{}{}; len(handles) == 0 {
		delete(b.watches, w)
	}
	w.news, w.behind = nil, false // who sets it, is told everything
	b.flush()
}

// all is where everybody stands whom w named. b.mu is held.
func (b *Board) all(w *Watch) []api.Presence {
	list := make([]api.Presence, len(w.handles))
	for i, h := range w.handles {
		user, visible := w.visible[h]
		list[i] = api.Presence{Handle: h, Online: visible && b.people[user].online}
	}
	return list
}

// sign notes that p is connected. b.mu is held.
func (b *Board) sign(p *person, now time.Time) {
	if p.seen = now; !p.online {
		b.turn(p, true)
	}
}

func (b *Board) turn(p *person, online bool) {
	p.online = online
	for w, handle := range p.watchers {
		if len(w.news) == 0 {
			b.fresh = append(b.fresh, w)
		}
		w.news = append(w.news, api.Presence{Handle: handle, Online: online})
	}
}

// flush hands on what is new. b.mu is held.
func (b *Board) flush() {
	for _, w := range b.fresh {
		if len(w.news) > 0 && !w.tell(w.news) {
			w.behind = true
		}
		w.news = nil
	}
	b.fresh = b.fresh[:0]
}

// look finds who is here and who is not seen any more. b.mu is held.
func (b *Board) look(now time.Time) {
	for user, p := range b.people {
		switch {
		case b.cfg.Here(user):
			b.sign(p, now)
		case p.online && now.Sub(p.seen) > lastsFor:
			b.turn(p, false)
		}
	}
	for w := range b.watches {
		if w.behind {
			w.behind = !w.tell(b.all(w))
			w.news = nil
		}
	}
	b.flush()
}

// due are the watches whose rights were read too long ago. b.mu is held.
func (b *Board) due(now time.Time) (due []*Watch) {
	for w := range b.watches {
		if now.Sub(w.checked) >= checkEvery {
			w.checked = now // a read that fails is tried again after as long
			due = append(due, w)
		}
	}
	return due
}

// check reads again whom watches may see: who was blocked, left or hides is gone.
func (b *Board) check(ctx context.Context, due []*Watch) {
	for _, w := range due {
		b.mu.Lock()
		handles := w.handles
		b.mu.Unlock()
		visible, err := b.cfg.Visible(ctx, w.user, handles)
		if ctx.Err() != nil {
			return
		}
		if err != nil { // what cannot be read is not shown
			b.cfg.Log.WarnContext(ctx, "presence not checked", "err", err)
			visible = nil
		}
		b.mu.Lock()
		if _, still := b.watches[w]; still && slices.Equal(w.handles, handles) {
			before := b.all(w)
			b.place(w, handles, visible, time.Now())
			if after := b.all(w); !slices.Equal(before, after) {
				w.behind = !w.tell(after)
			}
		}
		b.mu.Unlock()
	}
}

// asks are the questions after people whom no connection here shows. b.mu is held.
func (b *Board) asks(people map[string]api.UserID) (items []bus.Item) {
	for _, user := range people {
		items = b.ask(items, user)
	}
	return items
}

func (b *Board) asksForAll() (items []bus.Item) {
	for user := range b.people {
		items = b.ask(items, user)
	}
	return items
}

func (b *Board) ask(items []bus.Item, user api.UserID) []bus.Item {
	if b.cfg.Here(user) {
		return items
	}
	l := topic.Live{Kind: topic.LiveAsk, Frame: b.cfg.Gateway[:]}
	return append(items, bus.Item{Key: bus.Key{Kind: bus.Person, ID: user}, Value: l.Append(nil)})
}
