package hub_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// ear is a client that only listens, with the server's side of its connection.
type ear struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Reader
	conn *hub.Conn
}

func (w *world) ear(t *testing.T) *ear {
	t.Helper()
	resp := w.get(t, "")
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("status %d, %s", resp.StatusCode, got)
	}
	return &ear{t, resp, bufio.NewReader(resp.Body), <-w.conns}
}

// get asks for events as a page of origin; empty: as no browser.
func (w *world) get(t *testing.T, origin string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	if origin != "" {
		req.Header.Set("Origin", origin)
	}
	client := insecure()
	t.Cleanup(client.CloseIdleConnections)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// hears fails unless the next lines are these.
func (e *ear) hears(lines ...string) {
	e.t.Helper()
	for _, want := range lines {
		if got, err := e.in.ReadString('\n'); err != nil || got != want+"\n" {
			e.t.Fatalf("%.80q, %v, not %q", got, err, want)
		}
	}
}

func TestWhoListensGetsEachFrameAsAnEventAndTheReasonOfTheEnd(t *testing.T) {
	for _, kind := range []string{"plain", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			w := start(t, func(c *hub.Config) {
				if kind == "TLS" {
					c.SendBuffer = tlsMark
				}
			})
			e := w.ear(t)
			e.conn.SignIn(api.NewUserID(), api.NewSessionID())
			room := api.NewConversationID()
			if _, err := e.conn.Join(t.Context(), room); err != nil {
				t.Fatal(err)
			}
			e.conn.GoLive([]byte("live"))
			e.hears("data: live", "")
			for range 300 { // in one chunk, or in several
				e.conn.Send([]byte(strings.Repeat("x", 300)))
			}
			said := w.say(room)
			for range 300 {
				e.hears("data: "+strings.Repeat("x", 300), "")
			}
			e.hears("data: "+string(said.Frame), "")
			e.conn.Close(api.CloseSignIn, "the session has ended")
			e.hears("event: close", `data: {"code":4001,"reason":"the session has ended"}`, "")
			if b, err := io.ReadAll(e.in); err != nil || len(b) > 0 {
				t.Errorf("after the end: %q, %v", b, err)
			}
			w.next("closed")
		})
	}
}

func TestWhoListensIsKeptAwakeAndNotTakenForSilent(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.Times.Ping, c.Times.Silent = 100*time.Millisecond, 500*time.Millisecond })
	e := w.ear(t)
	for range 12 { // more than twice Silent
		e.hears(":", "")
	}
	if w.hub.Len() != 1 {
		t.Error("it was cut")
	}
}

func TestWhoListensAndReadsNothingIsClosedAndToldWhy(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.SendBuffer, c.Times.Stall = 16<<10, 300*time.Millisecond })
	e := w.ear(t)
	frame := bytes.Repeat([]byte("x"), 3000)
	w.until("the connection is gone", func() bool {
		e.conn.Send(frame)
		return w.hub.Len() == 0
	})
	for {
		line, err := e.in.ReadString('\n')
		if err != nil {
			t.Fatal("before the close event:", err)
		}
		switch line = strings.TrimSuffix(line, "\n"); {
		case line == "event: close":
			e.hears(`data: {"code":4010,"reason":"nothing was read for too long"}`, "")
			return
		case line != "" && line != ":" && line != "data: "+string(frame) && !strings.Contains(line, "lagging"):
			t.Fatalf("an event is not whole: %.80q", line)
		}
	}
}

func TestWhoListensAndTalksIsSentAway(t *testing.T) {
	w := start(t, nil)
	c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"+strings.Repeat("x", 5<<10)); err != nil {
		t.Fatal(err)
	}
	<-w.conns
	b, err := io.ReadAll(c)
	if err != nil || !bytes.Contains(b, []byte(`data: {"code":1002,`)) {
		t.Errorf("%q, %v", b, err)
	}
	w.next("closed")
}

func TestAPageOfAnotherOriginMayNotListen(t *testing.T) {
	w := start(t, nil)
	own := w.url
	for origin, want := range map[string]int{
		"https://elsewhere.example": http.StatusForbidden, "null": http.StatusForbidden, "https://%zz": http.StatusForbidden,
		own: http.StatusOK, "https://Chat.Example.org": http.StatusOK,
	} {
		if got := w.get(t, origin).StatusCode; got != want {
			t.Errorf("origin %s: status %d, not %d", origin, got, want)
		}
	}
}
