package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// lazyStream is a stream of w's group whose client has small buffers and reads
// nothing after live.
func lazyStream(t *testing.T, w *world, token string) *rawSocket {
	t.Helper()
	s := dialRaw(t, w.srv)
	s.Conn.(*net.TCPConn).SetReadBuffer(128 << 10) //nolint:errcheck // a smaller buffer only makes it quicker
	s.write(handshake(token))
	if resp, b := s.answer(); resp.StatusCode != 101 {
		t.Fatalf("status %d: %s", resp.StatusCode, b)
	}
	s.attach()
	s.SetDeadline(time.Now().Add(3 * patience)) //nolint:errcheck // it is a TCP connection
	return s
}

// fill sends n large messages to the group at once and returns the last seq.
func (w *world) fill(t *testing.T, n int) (last int64) {
	t.Helper()
	s := dialStream(t, w.srv, w.owner.Token)    // not attached: it gets the results only
	s.SetDeadline(time.Now().Add(3 * patience)) //nolint:errcheck // it is a TCP connection
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

// Who reads too slowly is told so and attaches again on the same socket; with
// what is then pulled nothing is missing. Nobody else notices.
func TestWhoLagsLosesNothing(t *testing.T) {
	t.Parallel()
	d := readDocuments(t)
	w := newWorld(t)
	listener := w.member.Connect()
	s := lazyStream(t, w, w.member.Token)
	const n = 250
	last := w.fill(t, n)
	seen := map[int64]bool{}
	for seq := int64(1); seq < last-n; seq++ {
		seen[seq] = true // from before
	}
	lagged, live := 0, 0
	for live <= lagged-1 || lagged == 0 { // until it is live again
		op, b, err := s.read()
		if err != nil || op == opClose {
			t.Fatalf("closed: %q, %v", b, err)
		}
		if op != opText {
			continue
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
	direct := len(seen)
	s.write(text(fmt.Sprintf(`{"kind":"pull","conversation":"%s","after":%d}`, w.group, last-2)))
	pages := []api.Page{*s.next(api.FrameEntries).Page, w.member.Whole(w.group)} // the rest by HTTP: so small a window is slow
	for _, page := range pages {
		for _, e := range page.Entries {
			seen[e.Seq] = true
		}
	}
	for seq := int64(1); seq <= last; seq++ {
		if !seen[seq] {
			t.Errorf("entry %d is missing", seq)
		}
	}
	if direct >= int(last) {
		t.Error("the queue was never dropped: the test shows nothing")
	}
	w.still(t, listener, "the lag")
	s.next(api.FrameEntry) // it is as live as the others
	d.check(t)
}

// Who reads nothing for 10 s is closed and told why, once it reads again; who reads a little is not.
func TestWhoReadsNothingIsClosedAndWhoReadsALittleIsNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.member.Connect()
	never, little := lazyStream(t, w, w.member.Token), lazyStream(t, w, w.member.Token)
	stalled := make(chan error, 1)
	go func() { // 4 KiB at a time, far less than what comes
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		b := make([]byte, 4096)
		for end := time.Now().Add(12 * time.Second); time.Now().Before(end); <-tick.C {
			if _, err := little.Read(b); err != nil {
				stalled <- err
				return
			}
		}
		stalled <- nil
	}()
	w.fill(t, 250)
	if err := <-stalled; err != nil {
		t.Errorf("who reads a little was cut off: %v", err)
	}
	w.still(t, listener, "two slow readers")
	never.SetDeadline(time.Now().Add(3 * patience)) //nolint:errcheck // it is a TCP connection
	// Without a word where the kernel has given the orphan up before it is read: on a busy machine.
	if code, reason := never.closed(); code != int(api.CloseStalled) && code != 0 {
		t.Errorf("who reads nothing was closed with %d %q", code, reason)
	}
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
