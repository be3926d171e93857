// Package clienttest serves a client in memory, for tests on a clock of their own.
package clienttest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/client"
)

// Listener is a listener in memory, so that tests can run in a synctest bubble.
type Listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// Accept waits for a connection.
func (p *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close refuses those that come later.
func (p *Listener) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr names no place.
func (p *Listener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *Listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Serve starts a server in memory and returns a client of it; both end with the test.
func Serve(t *testing.T, h http.Handler) (*client.Client, *Listener) {
	t.Helper()
	p := &Listener{conns: make(chan net.Conn), done: make(chan struct{})}
	srv := &http.Server{Handler: h}
	var ended sync.WaitGroup
	ended.Go(func() { _ = srv.Serve(p) })
	c, err := client.New(client.Config{
		Server: "http://chat.test", Token: "token",
		HTTP: &http.Client{Transport: &http.Transport{DialContext: p.dial}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		_ = srv.Close()
		ended.Wait()
	})
	return c, p
}
