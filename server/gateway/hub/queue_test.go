package hub_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

func TestASlowReaderHoldsBackNobodyAndIsToldThatItLags(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.SendBuffer, c.Times.Stall = 16<<10, 2*patience })
	room := api.NewConversationID()
	quick := w.member(room)
	slow := w.dialRaw()
	conn := <-w.conns
	conn.SignIn(api.NewUserID(), api.NewSessionID())
	if _, err := conn.Join(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	conn.GoLive(nil)

	pad := bytes.Repeat([]byte("x"), 4<<10)
	lagged := func() bool { return !conn.Send([]byte("probe")) }
	var told int64
	for n := 0; !lagged(); n++ {
		if n > 10_000 {
			t.Fatal("10,000 large entries, and the reader that does not read never lags")
		}
		e := w.log.add(room)
		told = e.Seq
		e.Frame = append(e.Frame, pad...)
		w.send(e)
		quick.hears(string(e.Frame))
	}
	e := w.say(room) // the slow one has no right to it before it attaches anew
	quick.hears(frames(e)...)

	var last int64
	for { // it reads again: every frame whole, in order, and then the notice
		op, payload, err := readFrame(slow.r)
		if err != nil {
			t.Fatal(err)
		}
		if op != 1 || string(payload) == "probe" {
			continue
		}
		if strings.Contains(string(payload), `"lagging"`) {
			break
		}
		_, seq := split(string(payload))
		if seq != last+1 || len(payload) < len(pad) {
			t.Fatalf("seq %d of %d bytes came after %d", seq, len(payload), last)
		}
		last = seq
	}
	if last >= told {
		t.Errorf("nothing was dropped of %d", told)
	}
	if e := w.next("lagging"); e.conn != conn {
		t.Fatal("another connection lags")
	}
	w.until("it can be sent to again", func() bool { return conn.Send([]byte("heads")) })
	conn.GoLive([]byte("live"))
	straggler := frames(e)[0] // the quick one has it; the room may be on its way to the slow one, who is live by then
	want := append([]string{"heads", "live"}, frames(w.say(room))...)
	for i, f := range want {
		_, payload, err := readFrame(slow.r)
		if i == 2 && string(payload) == straggler {
			_, payload, err = readFrame(slow.r)
		}
		if err != nil || string(payload) != f {
			t.Fatalf("%.80q, %v, want %q", payload, err, f)
		}
	}
}

func TestABurstLargerThanTheQueueIsNoLag(t *testing.T) {
	for _, kind := range []string{"plain", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			w := start(t, func(c *hub.Config) {
				if kind == "TLS" {
					c.SendBuffer = tlsMark
				}
			})
			room := api.NewConversationID()
			a := w.member(room)
			var es []topic.Live
			for range 1000 {
				es = append(es, w.log.add(room))
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				a.hears(frames(es...)...)
			}()
			w.send(es...)
			<-done
		})
	}
}

func TestWhatIsSentJustWhenAllWasWrittenGoesOut(t *testing.T) {
	for _, kind := range []string{"plain", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			w := start(t, func(c *hub.Config) {
				if kind == "TLS" {
					c.SendBuffer = tlsMark
				}
			})
			p := w.dial()
			const senders, each = 4, 5000
			waiting := make(chan struct{}, 2) // so few that all is written again and again
			var g sync.WaitGroup
			for range senders {
				g.Go(func() {
					for range each {
						waiting <- struct{}{}
						p.conn.Send([]byte("next"))
					}
				})
			}
			for range senders * each {
				p.hears("next")
				<-waiting
			}
			g.Wait()
		})
	}
}

func TestWhoDoesNotReadForTooLongIsClosedAndToldWhy(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.SendBuffer, c.Times.Stall = 16<<10, 300*time.Millisecond })
	c := w.dialRaw()
	conn := <-w.conns
	frame := bytes.Repeat([]byte("x"), 3000)
	w.until("the connection is gone", func() bool {
		conn.Send(frame)
		return w.hub.Len() == 0
	})
	for {
		op, payload, err := readFrame(c.r)
		if err != nil {
			t.Fatal("before the close frame:", err)
		}
		if op == 1 && len(payload) != len(frame) && !strings.Contains(string(payload), "lagging") {
			t.Fatal("a frame is not whole")
		}
		if op == 8 {
			if code := binary.BigEndian.Uint16(payload); code != uint16(api.CloseStalled) {
				t.Fatal("closed with", code)
			}
			return
		}
	}
}

func TestWhoReadsSlowlyButReadsIsNotClosed(t *testing.T) {
	undisturbed(t, time.Second, func() (wrong string) {
		w := start(t, func(c *hub.Config) { c.SendBuffer, c.Times.Stall = 16<<10, 3*time.Second })
		c := w.dialRaw()
		conn := <-w.conns
		frame := bytes.Repeat([]byte("x"), 60<<10)
		step, wait := make([]byte, 128<<10), time.NewTicker(150*time.Millisecond)
		defer wait.Stop()
		for range 45 { // more than twice Stall; in each several steps of progress
			for range 8 { // more than is read
				conn.Send(frame)
			}
			<-wait.C
			_ = c.SetReadDeadline(time.Now().Add(patience))
			if _, err := c.Read(step); err != nil {
				return err.Error()
			}
		}
		if w.hub.Len() != 1 {
			return "it was closed"
		}
		return ""
	})
}

// undisturbed runs a test of who is too slow, and again where the machine stood
// still meanwhile for so long that all were.
func undisturbed(t *testing.T, tooLong time.Duration, run func() (wrong string)) {
	t.Helper()
	for range 5 {
		over, stood := make(chan struct{}), make(chan time.Duration)
		go func() {
			tick := time.NewTicker(tooLong / 10)
			defer tick.Stop()
			longest, last, going := time.Duration(0), time.Now(), true
			for going {
				select {
				case <-tick.C:
				case <-over:
					going = false
				}
				longest, last = max(longest, time.Since(last)), time.Now()
			}
			stood <- longest
		}()
		wrong := run()
		close(over)
		switch longest := <-stood; {
		case wrong == "":
			return
		case longest < tooLong:
			t.Fatal(wrong)
		default:
			t.Logf("%s, after the machine stood still for %v", wrong, longest)
		}
	}
	t.Error("the machine stands still again and again")
}

func TestFlushedWaitsForTheSocket(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.SendBuffer, c.Times.Stall = 16<<10, 2*patience })
	c := w.dialRaw()
	conn := <-w.conns
	if err := conn.Flushed(t.Context()); err != nil {
		t.Fatal(err)
	}
	stuck := func() bool {
		conn.Send(make([]byte, 16<<10))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		return errors.Is(conn.Flushed(ctx), context.DeadlineExceeded)
	}
	for n := 0; !stuck(); n++ {
		if n > 10_000 {
			t.Fatal("160 MB are flushed into a socket that is not read")
		}
	}
	go io.Copy(io.Discard, c.r)
	if err := conn.Flushed(t.Context()); err != nil {
		t.Fatal(err)
	}
}
