package hub_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"github.com/coder/websocket"
)

func TestThePeerSeesWhatWaitedAndThenTheCloseCode(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.Times.Linger = patience })
	p := w.dial()
	big := strings.Repeat("x", 40<<10)
	for range 5 {
		p.conn.Send([]byte(big))
	}
	p.conn.Close(api.CloseSignIn, "the session has ended")
	if p.conn.Send([]byte("late")) {
		t.Error("a frame was queued behind the close frame")
	}
	p.hears(big, big, big, big, big)
	p.isClosed(api.CloseSignIn)
	w.next("closed")
}

func TestWhatAClientSaysAfterItWasSentAwayCountsNoMore(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.Times.Linger = 10 * time.Second }) // the client's end is sooner
	c := w.dialRaw()
	conn := <-w.conns
	conn.Close(api.CloseForbidden, "suspended")
	if err := c.text(1, []byte("late")); err != nil {
		t.Fatal(err)
	}
	if err := c.text(8, []byte{3, 232}); err != nil { // 1000
		t.Fatal(err)
	}
	if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	w.next("closed") // and no frame before it
}

func TestAClientsCloseIsAnswered(t *testing.T) {
	w := start(t, nil)
	p := w.member(api.NewConversationID())
	if err := p.ws.Close(websocket.StatusNormalClosure, "bye"); err != nil {
		t.Fatal("close handshake:", err)
	}
	if e := w.next("closed"); e.conn != p.conn || len(p.conn.Rooms()) != 0 || len(w.hub.Person(p.user)) != 0 {
		t.Error("Closed came before the connection had left everything")
	}
}

func TestWhatBreaksTheProtocolIsClosedWithItsCode(t *testing.T) {
	for name, c := range map[string]struct {
		signedIn bool
		send     func(*rawConn)
		code     api.CloseCode
	}{
		"too big before sign-in": {false, func(c *rawConn) { _ = c.text(1, make([]byte, api.MaxFrameUnauth+1)) }, api.CloseTooBig},
		"too big after sign-in":  {true, func(c *rawConn) { _ = c.text(1, bytes.Repeat([]byte{' '}, api.MaxFrame+1)) }, api.CloseTooBig},
		"bad UTF-8":              {true, func(c *rawConn) { _ = c.text(1, []byte("\xff\xfe")) }, api.CloseBadText},
		"binary":                 {true, func(c *rawConn) { _ = c.text(2, []byte("{}")) }, api.CloseProtocol},
		"reserved opcode":        {true, func(c *rawConn) { _ = c.text(3, []byte("{}")) }, api.CloseProtocol},
		"a long ping":            {true, func(c *rawConn) { _ = c.text(9, make([]byte, 200)) }, api.CloseProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, func(c *hub.Config) { c.Times.Linger = patience })
			raw := w.dialRaw()
			if conn := <-w.conns; c.signedIn {
				conn.SignIn(api.NewUserID(), api.NewSessionID())
			}
			c.send(raw)
			op, payload, err := readFrame(raw.r)
			if err != nil || op != 8 || binary.BigEndian.Uint16(payload) != uint16(c.code) {
				t.Fatalf("opcode %d, %q, %v; want close %d", op, payload, err, c.code)
			}
			if _, err := raw.r.ReadByte(); !errors.Is(err, io.EOF) {
				t.Fatalf("after the close frame: %v, want the end", err)
			}
		})
	}
}

func TestTheLargestFramesReachTheGateway(t *testing.T) {
	w := start(t, nil)
	p := w.dial()
	for _, n := range []int{0, 1, api.MaxFrameUnauth, api.MaxFrame} {
		if n > api.MaxFrameUnauth {
			p.conn.SignIn(api.NewUserID(), api.NewSessionID())
		}
		text := strings.Repeat("é", n/2) + strings.Repeat("e", n%2)
		if err := p.ws.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if e := w.next("frame"); e.text != text || e.conn != p.conn {
			t.Fatalf("%d bytes came, want %d", len(e.text), n)
		}
	}
}

func TestASocketIsGoneSoonAfterCloseThoughThePeerDoesNotRead(t *testing.T) {
	w := start(t, func(c *hub.Config) {
		c.SendBuffer, c.Times.Linger, c.Times.Stall = 16<<10, 200*time.Millisecond, 2*patience
	})
	w.dialRaw()
	conn := <-w.conns
	for conn.Send(make([]byte, 4096)) {
	}
	conn.Close(api.CloseForbidden, "suspended")
	w.next("closed") // before the stall
}

func TestASilentConnectionIsCut(t *testing.T) {
	undisturbed(t, 2*time.Second, func() (wrong string) {
		w := start(t, func(c *hub.Config) { c.Times.Ping, c.Times.Silent = 300*time.Millisecond, 5*time.Second })
		lively := w.dial()
		go func() { _, _ = lively.read() }() // reading answers pings
		w.dialRaw()
		silent := <-w.conns
		if e := w.next("closed"); e.conn != silent {
			return "the wrong one was cut"
		}
		if w.hub.Len() != 1 {
			return "the lively one was cut"
		}
		return ""
	})
}

func TestPongsAndEntriesDoNotMix(t *testing.T) {
	for _, kind := range []string{"plain", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			w := start(t, func(c *hub.Config) {
				if c.Times.Ping = 50 * time.Millisecond; kind == "TLS" {
					c.SendBuffer = tlsMark
				}
			})
			room := api.NewConversationID()
			p := w.member(room)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 50 {
					if err := p.ws.Ping(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			}()
			for range 500 {
				p.hears(frames(w.say(room))...)
			}
			go func() { _, _ = p.read() }()
			<-done
			p.conn.Close(api.CloseNormal, "")
		})
	}
}

func TestWhatConcernsAPersonReachesTheirConnections(t *testing.T) {
	w := start(t, nil)
	user, session := api.NewUserID(), api.NewSessionID()
	a, b, other := w.dial(), w.dial(), w.person(api.NewUserID())
	a.conn.SignIn(user, session)
	b.conn.SignIn(user, api.NewSessionID())
	w.send(
		topic.Live{Kind: topic.LiveResult, Person: user, Session: session, Frame: []byte("result")},
		topic.Live{Kind: topic.LivePerson, Person: user, Version: 7},
	)
	a.hears("result", `{"kind":"person","version":7}`)
	b.hears(`{"kind":"person","version":7}`)
	other.hearsNothing()

	conv := api.NewConversationID()
	w.send(topic.Live{Kind: topic.LiveJoined, Person: user, Conversation: conv, Seq: 3})
	e1, e2 := w.next("joined"), w.next("joined")
	if e1.conn == e2.conn || e1.n != 3 || e1.text != conv.String() {
		t.Errorf("joined: %+v, %+v", e1, e2)
	}
	w.send(topic.Live{Kind: topic.LiveStanding, Person: user, Version: 9})
	if e := w.next("standing"); e.text != user.String() || e.n != 9 {
		t.Errorf("standing: %+v", e)
	}
	w.send(topic.Live{Kind: topic.LiveResult, Attempt: 5, Frame: []byte("answer")}, topic.Live{Kind: topic.LiveConflict, Attempt: 6})
	if e := w.next("waiting"); e.n != 5 || e.text != "answer" {
		t.Errorf("waiting: %+v", e)
	}
	if e := w.next("conflict"); e.n != 6 {
		t.Errorf("conflict: %+v", e)
	}
}

func TestDrainSendsEveryoneAwayWithATimeToComeBack(t *testing.T) {
	w := start(t, nil)
	peers := []*peer{w.dial(), w.dial(), w.dial()}
	for _, p := range peers {
		p.conn.Send([]byte("before"))
	}
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		ended <- w.hub.Drain(ctx, func(i, n int) time.Duration { return time.Duration(n) * time.Second })
	}()
	for _, p := range peers {
		p.hears("before", `{"kind":"going_away","retry_after_ms":3000}`)
		p.isClosed(api.CloseGoingAway)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_, resp, err := websocket.Dial(t.Context(), w.url, &websocket.DialOptions{HTTPClient: insecure()})
	if err == nil || resp.StatusCode != 503 {
		t.Errorf("a draining hub answered %v", resp.Status)
	}
}

func TestRunCutsWhatIsStillConnected(t *testing.T) {
	w := start(t, nil)
	p := w.member(api.NewConversationID())
	w.stop()
	if _, err := p.read(); err == nil {
		t.Error("the connection is still there")
	}
	if p.conn.Send([]byte("late")) {
		t.Error("a frame was queued after Run")
	}
	if _, err := p.conn.Join(t.Context(), api.NewConversationID()); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("joining after Run: %v", err)
	}
	if err := p.conn.Flushed(t.Context()); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("flushing after Run: %v", err)
	}
}
