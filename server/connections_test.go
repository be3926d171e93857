//go:build unix

package server_test

import (
	"errors"
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
	var open, refused int
	for range 400 {
		c, err := net.Dial("tcp", strings.TrimPrefix(srv.URL(), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(20 * time.Millisecond)) //nolint:errcheck // it is a TCP connection
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, io.EOF) || err != nil && strings.Contains(err.Error(), "reset") {
			refused++
		} else {
			open++
		}
		if open+refused == 150 || open+refused == 399 {
			sent := p[0].Must(api.Action{Type: api.SendMessage, To: "bob", Text: "still here?"})
			ear.Next(func(f api.ServerFrame) bool { return f.Kind == api.FrameEntry && f.Event.Action == sent.Action })
		}
	}
	if open > 150 || refused < 200 {
		t.Errorf("%d connections were open, %d refused", open, refused)
	}
	if err := srv.Ended(); err != nil {
		t.Errorf("the server ended: %v", err)
	}
}
