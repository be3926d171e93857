package threads_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/threads"
	"github.com/chatctl/chatctl/tui/widget"
)

func some() *threads.Threads {
	theme := widget.NewTheme(widget.Terminal{})
	return threads.New(thread.Config{Theme: theme, Markup: markup.New(theme), Me: "ada"})
}

func group(r *rooms.Rooms, n byte) *rooms.Room {
	room, _ := r.Head(api.Head{Conversation: api.ConversationID{n}, Kind: api.Group, LastSeq: int64(n)})
	return room
}

func TestTheThreadsThatWereOnTheScreenLongestAgoGiveWay(t *testing.T) {
	all, r := some(), rooms.New(nil)
	first := group(r, 1)
	for n := byte(1); n <= 20; n++ {
		if _, left := all.Begin(group(r, n), nil); left != nil {
			t.Fatalf("%v gave way with %d threads", left, n)
		}
	}
	all.Show(all.Of(first))
	_, left := all.Begin(group(r, 21), nil)
	if len(left) != 1 || left[0] != (api.ConversationID{2}) {
		t.Errorf("%v gave way", left)
	}
	if k := all.Of(first); k == nil || k.Applied != 1 {
		t.Errorf("the first, which was shown again, is %+v", k)
	}
}

func TestAThreadStaysWhenItsPersonIsErased(t *testing.T) {
	all, r := some(), rooms.New(nil)
	h := api.Head{Conversation: api.ConversationID{1}, Kind: api.Direct, Peer: "bob"}
	room, _ := r.Head(h)
	all.Begin(room, nil)
	h.Peer = "" // and with it the key
	room, _ = r.Head(h)
	if all.Of(room) == nil {
		t.Error("it is gone")
	}
	if all.Of(nil) != nil || all.Of(rooms.New(nil).Direct("eve")) != nil {
		t.Error("there is a thread where nothing was said")
	}
}
