package rooms_test

import (
	"slices"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/rail"
	"github.com/chatctl/chatctl/tui/rooms"
)

func TestPresenceIsAskedForTheLatestDirectConversations(t *testing.T) {
	r := rooms.New(nil)
	at := func(seconds int64) func(*api.Head) {
		return func(h *api.Head) { h.LastTime = api.TimeOf(time.Unix(seconds, 0)) }
	}
	r.Head(direct(1, "eve", at(30)))
	r.Head(direct(2, "bob", at(20)))
	r.Head(direct(3, "dan", at(10)))
	r.Head(group(4, "ops", api.Present))
	r.Direct("new") // nothing was said there
	if got := r.Peers(9); !slices.Equal(got, []string{"bob", "dan", "eve"}) {
		t.Errorf("%v", got)
	}
	if got := r.Peers(2); !slices.Equal(got, []string{"bob", "eve"}) {
		t.Errorf("%v", got)
	}
}

func TestWithoutAConnectionNobodyIsKnownToBeThere(t *testing.T) {
	r := rooms.New(nil)
	r.Head(direct(1, "bob"))
	is := func(want rail.Presence) {
		t.Helper()
		if got := r.Items()[0].Presence; got != want {
			t.Errorf("%v, not %v", got, want)
		}
	}
	r.Presence([]api.Presence{{Handle: "bob", Online: true}})
	is(rail.Here)
	r.Presence([]api.Presence{{Handle: "bob"}})
	is(rail.Away)
	r.Alone()
	is(rail.Unknown)
}

func TestABlockThatWasToldWinsOverAListThatWasReadBefore(t *testing.T) {
	r := rooms.New(nil)
	r.Block(api.Block{Handle: "bob", Active: true})
	r.Block(api.Block{Handle: "bob"})
	r.Blocking([]api.Block{{Handle: "bob", Active: true}, {Handle: "eve", Active: true}})
	if got := r.Blocks(); !slices.Equal(got, []string{"eve"}) {
		t.Errorf("%v", got)
	}
}
