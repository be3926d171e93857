package gateway_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/go-json-experiment/json"
)

// lazy is a client of w's group with small buffers that reads nothing after
// live, of a WebSocket or of Server-Sent Events.
type lazy struct {
	*rawSocket
	talks bool // it can send frames, too
	// frame is the JSON of the next frame; closed is the code once the server has closed.
	frame func() (b []byte, closed int, err error)
}

func lazyStream(t *testing.T, w *world, token string) *lazy {
	t.Helper()
	s := dialLazy(t, w)
	s.write(handshake(token))
	if resp, b := s.answer(); resp.StatusCode != 101 {
		t.Fatalf("status %d: %s", resp.StatusCode, b)
	}
	s.attach()
	return &lazy{s, true, func() ([]byte, int, error) {
		for s.renew(); ; {
			switch op, b, err := s.read(); {
			case err != nil, op == opText:
				return b, 0, err
			case op == opClose:
				return nil, int(binary.BigEndian.Uint16(b)), nil
			}
		}
	}}
}

func lazyListener(t *testing.T, w *world, token string) *lazy {
	t.Helper()
	s := dialLazy(t, w)
	s.write("GET /v1/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + token + "\r\n\r\n")
	resp, err := http.ReadResponse(s.r, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	l := &listener{t, resp, bufio.NewReader(resp.Body)}
	l.live()
	return &lazy{s, false, func() ([]byte, int, error) {
		s.renew()
		name, data, err := l.next()
		if name != "close" || err != nil {
			return []byte(data), 0, err
		}
		var c struct {
			Code   int    `json:"code"`
			Reason string `json:"reason"`
		}
		err = json.Unmarshal([]byte(data), &c)
		return nil, c.Code, err
	}}
}

func dialLazy(t *testing.T, w *world) *rawSocket {
	t.Helper()
	s := dialRaw(t, w.srv)
	s.Conn.(*net.TCPConn).SetReadBuffer(64 << 10) //nolint:errcheck // a smaller buffer only makes it quicker
	return s
}

// eachLazy runs a test for both ways to be slow, for which nobody is cut off before
// stall; 0: as in production.
func eachLazy(t *testing.T, stall time.Duration, test func(t *testing.T, w *world, open func(*testing.T, *world, string) *lazy)) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T, *world, string) *lazy{"WebSocket": lazyStream, "events": lazyListener} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorldOf(t, func(c *server.Config) { c.Faults.Hub.Stall = stall }), open)
		})
	}
}

// connection is how administrators see w's latest stream of a person, by `admin
// connections list` and `show`; false when there is none.
func (w *world) connection(p *servertest.Person) (c api.Connection, ok bool) {
	var got struct {
		Connections []api.Connection `json:"connections"`
	}
	w.srv.Admin("GET", "/admin/v1/connections?limit=100", nil, &got)
	for _, r := range got.Connections {
		if r.Handle == p.Handle {
			c, ok = r, true
		}
	}
	return c, ok
}

// fill sends n large messages to the group at once and returns the last seq.
func (w *world) fill(t *testing.T, n int) (last int64) {
	t.Helper()
	s := dialStream(t, w.srv, w.owner.Token) // not attached: it gets the results only
	go func() {
		for i := range n {
			a := api.Action{ID: api.NewActionID(), Type: api.SendMessage, Conversation: w.group, Text: fmt.Sprintf("%d %s", i, strings.Repeat("x", 8000))}
			if _, err := s.Write([]byte(text(string(api.Encode(&api.ClientFrame{Kind: api.FrameAction, Action: &a}))))); err != nil {
				return // seen by reading
			}
		}
	}()
	for range n {
		last = max(last, s.next(api.FrameResult).Result.Seq)
	}
	return last
}

// Who reads too slowly is told so and attaches again on the same connection;
// with what is then pulled nothing is missing. What waits for it is bounded
// meanwhile, nobody else notices, and administrators see why it is slow.
func TestWhoLagsLosesNothing(t *testing.T) {
	eachLazy(t, 3*patience, func(t *testing.T, w *world, open func(*testing.T, *world, string) *lazy) {
		d := readDocuments(t)
		listener := w.owner.Connect()
		s := open(t, w, w.member.Token)
		const n = 150
		last := w.fill(t, n)
		seen := map[int64]bool{}
		for seq := int64(1); seq <= last-n; seq++ {
			seen[seq] = true // from before
		}
		until(t, "its queue is dropped, and the notice is all that waits", func() bool {
			c, _ := w.connection(w.member)
			if !c.Lagging { // the kernel may just have had room for the notice, and it is live again
				last = w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: strings.Repeat("x", 8000)}).Seq
			}
			return c.Lagging && c.Frames == 1 && c.Bytes < 100 && strings.Contains(c.Slow, "its queue was dropped")
		})
		lagged, live := 0, 0
		for live <= lagged-1 || lagged == 0 { // until it is live again
			b, closed, err := s.frame()
			if err != nil || closed != 0 {
				t.Fatalf("closed: %d, %v", closed, err)
			}
			d.frame(b)
			f, err := api.DecodeTolerant[api.ServerFrame](b)
			if err != nil {
				t.Fatal(err)
			}
			switch f.Kind {
			case api.FrameEntry:
				seen[f.Event.Seq] = true
			case api.FrameLagging:
				lagged++
			case api.FrameLive:
				live++
			}
		}
		if len(seen) >= int(last) {
			t.Error("the queue was never dropped: the test shows nothing")
		}
		for _, e := range w.member.Whole(w.group).Entries {
			seen[e.Seq] = true
		}
		for seq := int64(1); seq <= last; seq++ {
			if !seen[seq] {
				t.Errorf("entry %d is missing", seq)
			}
		}
		w.still(t, listener, "the lag")
		for f := (api.ServerFrame{}); f.Kind != api.FrameEntry; { // it is as live as the others
			b, closed, err := s.frame()
			if err == nil {
				f, err = api.DecodeTolerant[api.ServerFrame](b)
			}
			if err != nil || closed != 0 {
				t.Fatalf("closed: %d, %v", closed, err)
			}
		}
		d.check(t)
	})
}

// Who reads nothing for 10 s is closed and told why, once it reads again; who reads a little is not.
func TestWhoReadsNothingIsClosedAndWhoReadsALittleIsNot(t *testing.T) {
	eachLazy(t, 0, func(t *testing.T, w *world, open func(*testing.T, *world, string) *lazy) {
		listener := w.owner.Connect()
		never, little := open(t, w, w.member.Token), open(t, w, w.owner.Token)
		stalled := make(chan error, 1)
		go func() { // 2 KiB at a time, far less than what comes
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			last := time.Now()
			b, end, gap := make([]byte, 2<<10), last.Add(12*time.Second), time.Duration(0)
			little.SetReadDeadline(end) //nolint:errcheck // it is a TCP connection
			for ; time.Now().Before(end); <-tick.C {
				gap, last = max(gap, time.Since(last)), time.Now()
				if _, err := little.Read(b); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && gap < 5*time.Second {
					stalled <- err
					return
				} else if err != nil {
					t.Logf("%v, after the machine stood still for %v", err, gap)
					break
				}
			}
			stalled <- nil
		}()
		w.fill(t, 150)
		until(t, "nothing is kept of who reads nothing", func() bool {
			// More comes all the time: the kernel may just have had room for what waited.
			w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: strings.Repeat("x", 8000)})
			_, there := w.connection(w.member)
			return !there
		})
		if err := <-stalled; err != nil {
			t.Errorf("who reads a little was cut off: %v", err)
		}
		w.still(t, listener, "two slow readers")
		for {
			_, closed, err := never.frame()
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				t.Fatal("it is still open")
			}
			if err != nil { // without a word where the kernel has given the orphan up before it is read: on a busy machine
				return
			}
			if closed != 0 && closed != int(api.CloseStalled) {
				t.Errorf("who reads nothing was closed with %d", closed)
			}
		}
	})
}

// The heads that a stream is sent while it attaches again and again, with
// messages coming in, never say less than what it has been sent.
func TestAttachingAgainAndAgainLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := dialStream(t, w.srv, w.member.Token)
	s.SetDeadline(time.Now().Add(3 * patience)) //nolint:errcheck // it is a TCP connection
	done := make(chan int64, 1)
	go func() { done <- w.fill(t, 60) }()
	go func() {
		for range 100 {
			if _, err := s.Write([]byte(text(`{"kind":"attach"}`))); err != nil {
				return
			}
		}
	}()
	var head, entry, last int64
	for last == 0 || max(head, entry) < last {
		select {
		case last = <-done:
			s.SetReadDeadline(time.Now().Add(patience)) //nolint:errcheck // it is a TCP connection
			s.Write([]byte(text(`{"kind":"attach"}`)))  //nolint:errcheck // seen by reading
		default:
		}
		op, b, err := s.read()
		if err != nil || op == opClose {
			t.Fatalf("head %d, entry %d, last %d: %q, %v", head, entry, last, b, err)
		}
		var f api.ServerFrame
		if op != opText || json.Unmarshal(b, &f) != nil {
			continue
		}
		switch f.Kind {
		case api.FrameEntry:
			if f.Event.Seq <= entry {
				t.Errorf("entry %d after %d", f.Event.Seq, entry)
			}
			if f.Event.Seq > max(head, entry)+1 {
				t.Errorf("entry %d comes after entry %d and head %d: a gap", f.Event.Seq, entry, head)
			}
			entry = f.Event.Seq
		case api.FrameHeads:
			head = max(head, f.Heads[0].LastSeq)
		case api.FrameHead:
			head = max(head, f.Head.LastSeq)
		}
	}
}

func TestAHalfClosedConnectionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := dialStream(t, w.srv, w.member.Token)
	s.attach()
	if err := s.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err := s.read(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
