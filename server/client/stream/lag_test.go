package stream_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"github.com/chatctl/chatctl/server/client/stream"
)

func TestTheWayToTheServerIsMeasuredWhileNothingIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var pings []time.Duration
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			for n := 1; ; n++ {
				f, ok := p.read()
				if !ok {
					return
				}
				at := time.Since(began)
				switch {
				case f.Kind == api.FrameAction:
					p.write(api.ServerFrame{Kind: api.FrameAccepted, Ref: f.Ref, Action: f.Action.ID})
				case f.Kind != api.FramePing:
					t.Errorf("it sent %+v", f)
				case n == 2: // this one's answer is lost, and another one's comes
					p.write(api.ServerFrame{Kind: api.FramePong, Ref: "another"})
				default:
					time.Sleep(30 * time.Millisecond)
					p.write(api.ServerFrame{Kind: api.FramePong, Ref: f.Ref})
				}
				if f.Kind == api.FramePing {
					pings = append(pings, at.Round(time.Second))
				}
			}
		}))
		w := watch(t, c, stream.Config{Ping: 10 * time.Second})
		for range 2 { // at once, and after the one that was lost
			if lag := next[stream.Lag](w); lag.Took != 30*time.Millisecond {
				t.Errorf("it took %v", lag.Took)
			}
		}
		time.Sleep(7 * time.Second)
		if _, err := w.Send(api.Action{Type: api.SendMessage, To: "bob", Text: "x"}); err != nil {
			t.Fatal(err)
		}
		next[stream.Accepted](w)
		next[stream.Lag](w)
		w.end()
		if len(pings) != 4 || pings[0] != 0 || pings[1] != 10*time.Second || pings[2] != 20*time.Second || pings[3] != 37*time.Second {
			t.Errorf("pinged at %v", pings)
		}
	})
}

func TestWhoDoesNotAskForItIsNotPinging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			if f, ok := p.read(); ok {
				t.Errorf("it sent %+v", f)
			}
		}))
		w := watch(t, c, stream.Config{})
		next[stream.State](w)
		time.Sleep(50 * time.Second)
		w.end()
	})
}
