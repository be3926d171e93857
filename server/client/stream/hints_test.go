package stream_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"github.com/chatctl/chatctl/server/client/stream"
)

// greet runs hello to live of a server that knows typing and presence.
func (p *peer) greet(heads ...api.Head) {
	p.write(api.ServerFrame{Kind: api.FrameHello, Epoch: api.Epoch{1}, PingS: 25, Features: []string{"typing", "presence"}})
	p.expect(api.FrameAttach)
	p.heads(heads...)
}

func TestThatOneTypesIsSaidNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		said := make(chan time.Time, 10)
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.greet(head(0))
			for range 2 {
				if f := p.expect(api.FrameTyping); f.Conversation != room {
					t.Errorf("typing in %s", f.Conversation)
				}
				said <- time.Now()
			}
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		for next[stream.State](w).Phase != stream.Live {
		}
		for range 40 { // keys
			w.Typing(room)
			time.Sleep(100 * time.Millisecond)
		}
		if first, second := <-said, <-said; second.Sub(first) < api.TypingEvery {
			t.Errorf("said again after %v", second.Sub(first))
		}
		w.end()
	})
}

func TestThatOthersTypeIsToldAndOneselfNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := api.MemberID{9}
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.greet(head(0))
			p.write(api.ServerFrame{Kind: api.FrameIsTyping, Conversation: room, Member: me},
				api.ServerFrame{Kind: api.FrameIsTyping, Conversation: room, Member: other})
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		if got := next[stream.Typing](w); got != (stream.Typing{Conversation: room, Member: other}) {
			t.Errorf("told %+v", got)
		}
		w.end()
	})
}

func TestPresenceIsWatchedAgainAfterAReconnectAndARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := func(p *peer) api.ClientFrame {
			f := p.expect(api.FrameWatch)
			if !slices.Equal(f.Handles, []string{"ada", "bob"}) {
				t.Errorf("watched %v", f.Handles)
			}
			return f
		}
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.greet()
			f := asked(p)
			p.write(api.ServerFrame{Kind: api.FrameProblem, Ref: f.Ref, Problem: api.NewProblem("too_many", "")})
			asked(p)
		}, func(p *peer) {
			p.greet()
			f := asked(p)
			p.write(api.ServerFrame{Kind: api.FramePresence, Ref: f.Ref, People: []api.Presence{{Handle: "ada", Online: true}, {Handle: "bob"}}})
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		w.WatchPresence("ada", "bob")
		if got := next[stream.Presence](w).People; len(got) != 2 || !got[0].Online || got[1].Online {
			t.Errorf("told %+v", got)
		}
		w.end()
	})
}

func TestAServerThatKnowsNeitherIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach(head(0))
			if f, ok := p.read(); ok {
				t.Errorf("the client sent %+v", f)
			}
		}))
		w := watch(t, c, stream.Config{})
		w.WatchPresence("ada")
		for next[stream.State](w).Phase != stream.Live {
		}
		w.Typing(room)
		time.Sleep(30 * time.Second)
		w.end()
	})
}
