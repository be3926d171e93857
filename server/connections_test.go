//go:build unix

package server_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

// Strangers who open connections until there are none left do not take the file
// descriptors of the log and the databases.
func TestConnectionsLeaveTheLogItsFiles(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{Wrapper: []string{"sh", "-c", `ulimit -n 200; exec "$0" "$@"`}})
	p := srv.People("ada", "bob")
	p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "hello"})
	ear := p[1].Connect()
	var held []net.Conn
	for n := range 400 {
		c, err := net.Dial("tcp", strings.TrimPrefix(srv.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		held = append(held, c)
		if n == 150 || n == 399 {
			sent := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "still here?"})
			ear.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Action == sent.Action })
		}
	}
	var open, refused int
	late := time.Now().Add(time.Minute)
	for _, c := range held {
		c.SetDeadline(late)                                                 //nolint:errcheck // it is a TCP connection
		_, _ = io.WriteString(c, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n") // seen by reading
		if _, err := c.Read(make([]byte, 1)); err != nil {                  // also one that was let in and has waited for too long
			refused++
		} else {
			open++
		}
	}
	if open > 150 || refused < 200 {
		t.Errorf("%d connections were open, %d refused", open, refused)
	}
	if err := srv.Ended(); err != nil {
		t.Errorf("the server ended: %v", err)
	}
}

// A listener takes one file, and one place among the connections.
func TestAListenerCountsOnceAmongTheConnections(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{Wrapper: []string{"sh", "-c", `ulimit -n 200; exec "$0" "$@"`}})
	p := srv.People("ada", "bob") // an account has at most 100
	const most = 100              // half of so few files
	open := 0
	for ; open <= most; open++ {
		c, err := net.Dial("tcp", strings.TrimPrefix(srv.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(time.Minute)) //nolint:errcheck // it is a TCP connection
		request := "GET /v1/stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + p[open%2].Token + "\r\n\r\n"
		answer := make([]byte, len("HTTP/1.1 200"))
		if _, err = io.WriteString(c, request); err == nil {
			_, err = io.ReadFull(c, answer)
		}
		if err != nil { // it was closed at once
			break
		}
		if string(answer) != "HTTP/1.1 200" {
			t.Fatalf("listener %d: %s", open, answer)
		}
	}
	if kept := 5; open > most || open < most-kept { // some are the test's own, for its requests
		t.Errorf("%d listeners were let in, not about %d", open, most)
	}
}
