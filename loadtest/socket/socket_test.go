package socket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/socket"
	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server whose end of each socket is speak's.
func serve(t *testing.T, speak func(ctx context.Context, ws *websocket.Conn)) socket.Options {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"test"}})
		if err != nil {
			return
		}
		defer ws.CloseNow()
		ws.SetReadLimit(1 << 20)
		speak(r.Context(), ws)
	}))
	t.Cleanup(srv.Close)
	u, _ := url.Parse(srv.URL + "/stream")
	return socket.Options{URL: u, Protocol: "test"}
}

func dial(t *testing.T, o socket.Options) *socket.Conn {
	t.Helper()
	c, err := socket.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// all reads until the connection ends.
func all(c *socket.Conn) (got []string, err error) {
	for {
		if err := c.Next(func(m []byte) { got = append(got, string(m)) }); err != nil {
			return got, err
		}
	}
}

func TestMessagesOfEverySizeComeWholeAndInOrder(t *testing.T) {
	var want []string
	for i, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 70_000, 200_000, 3, 16_384, 131_072, 5} {
		want = append(want, strings.Repeat(string(rune('a'+i)), size))
	}
	for name, network := range map[string]func(context.Context, string, string) (net.Conn, error){
		"descriptor": nil,
		"plain": func(ctx context.Context, n, a string) (net.Conn, error) { // as TLS: no descriptor
			c, err := new(net.Dialer).DialContext(ctx, n, a)
			return struct{ net.Conn }{c}, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := serve(t, func(ctx context.Context, ws *websocket.Conn) {
				for _, m := range want {
					ws.Write(ctx, websocket.MessageText, []byte(m))
				}
				ws.Close(4001, "sign in")
			})
			o.Dial = network
			got, err := all(dial(t, o))
			var closed *socket.Closed
			if !errors.As(err, &closed) || closed.Code != 4001 || closed.Reason != "sign in" {
				t.Errorf("the end is %v, not 4001", err)
			}
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("%d messages came, not the %d sent", len(got), len(want))
			}
		})
	}
}

func TestAFragmentedMessageComesAsOne(t *testing.T) {
	got, _ := all(dial(t, serve(t, func(ctx context.Context, ws *websocket.Conn) {
		w, _ := ws.Writer(ctx, websocket.MessageText)
		for range 3 {
			w.Write(bytes.Repeat([]byte("x"), 10_000)) // above the library's buffer: a frame each
		}
		w.Close()
		ws.Close(websocket.StatusNormalClosure, "")
	})))
	if len(got) != 1 || got[0] != strings.Repeat("x", 30_000) {
		t.Errorf("%d messages came", len(got))
	}
}

func TestAPingIsAnswered(t *testing.T) {
	answered := make(chan error, 1)
	c := dial(t, serve(t, func(ctx context.Context, ws *websocket.Conn) {
		ctx = ws.CloseRead(ctx)
		answered <- ws.Ping(ctx)
		ws.Close(websocket.StatusNormalClosure, "")
	}))
	all(c)
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrittenArrives(t *testing.T) {
	want := []string{"", "hello", strings.Repeat("y", 300), strings.Repeat("z", 70_000)}
	c := dial(t, serve(t, func(ctx context.Context, ws *websocket.Conn) {
		for range want {
			_, b, err := ws.Read(ctx)
			if err != nil {
				return
			}
			ws.Write(ctx, websocket.MessageText, b)
		}
		ws.Close(websocket.StatusNormalClosure, "")
	}))
	var out [][]byte
	for _, m := range want {
		out = append(out, []byte(m))
	}
	if err := c.Write(out...); err != nil {
		t.Fatal(err)
	}
	if got, _ := all(c); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%d messages came back", len(got))
	}
}

func TestAnUpgradeThatIsAnsweredOtherwiseSaysHow(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3")
		http.Error(w, "starting", http.StatusServiceUnavailable)
	}))
	defer srv.Close()
	u, _ := url.Parse(srv.URL + "/stream")
	_, err := socket.Dial(t.Context(), socket.Options{URL: u, Protocol: "test"})
	var refused *socket.Refused
	if !errors.As(err, &refused) || refused.Status != 503 || refused.RetryAfter != 3*time.Second || !strings.Contains(refused.Error(), "starting") {
		t.Errorf("%#v", err)
	}
}

func TestADialEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // accepts nothing and answers nothing
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	u, _ := url.Parse(fmt.Sprintf("http://%s/stream", l.Addr()))
	if _, err := socket.Dial(ctx, socket.Options{URL: u}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// raw dials a server that upgrades and then sends bytes as they are.
func raw(t testing.TB, bytes []byte) (*socket.Conn, error) {
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer far.Close()
		b := make([]byte, 4096)
		n, err := far.Read(b)
		if err != nil {
			return
		}
		_, key, _ := strings.Cut(string(b[:n]), "Sec-Websocket-Key: ")
		key, _, _ = strings.Cut(key, "\r\n")
		go io.Copy(io.Discard, far)
		io.WriteString(far, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+socket.AcceptOf(key)+"\r\n\r\n")
		far.Write(bytes)
	}()
	t.Cleanup(func() { near.Close(); <-done })
	u, _ := url.Parse("http://127.0.0.1/")
	return socket.Dial(t.Context(), socket.Options{URL: u, Dial: func(context.Context, string, string) (net.Conn, error) { return near, nil }})
}

func FuzzNextTakesAnyBytes(f *testing.F) {
	f.Add([]byte("\x81\x02hi\x88\x02\x03\xe8"))
	f.Add([]byte("\x01\x01a\x80\x01b"))
	f.Add([]byte("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\x89\x00\x8a\x00\x82\x00"))
	f.Add([]byte("\x81\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := raw(t, b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all(c); err == nil {
			t.Error("no end")
		}
		c.Close()
	})
}
