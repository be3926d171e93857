package hub_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus/jetstream"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// TestADrainLetsClientsGoOneAfterTheOther: thousands that were all sent away at
// one moment would all come to the other gateways at one (promises, rule 13).
func TestADrainLetsClientsGoOneAfterTheOther(t *testing.T) {
	const clients, within, over = 4000, 8 * time.Second, 4 * time.Second
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, log: newLog(), events: make(chan event, 1), conns: make(chan *hub.Conn, clients)}
		w.hub = hub.New(hub.Config{Live: jetstream.NewLive(), Gateway: api.NewGatewayID(), Rooms: w.log, Events: w, Log: slog.New(slog.DiscardHandler)})
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _ = w.hub.Run(ctx) })
		<-w.hub.Started()
		l := make(memory)
		srv := &http.Server{Handler: http.HandlerFunc(w.accept)}
		all.Go(func() { _ = srv.Serve(l) })
		left := make(chan time.Time, clients)
		for range clients {
			c := l.dial()
			all.Go(func() {
				defer c.Close()
				left <- sentAway(t, c)
			})
		}
		for range clients {
			<-w.conns
		}

		began := time.Now()
		draining, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		if err := w.hub.Drain(draining, func(int, int) time.Duration { return time.Second }); err != nil {
			t.Error(err)
		}
		each := make([]int, over/(100*time.Millisecond)+1) // by tenth of a second
		for range clients {
			after := (<-left).Sub(began)
			if after < 0 || after > over {
				t.Errorf("one was sent away %v after the drain began", after)
				continue
			}
			each[after/(100*time.Millisecond)]++
		}
		for i, n := range each[:len(each)-1] {
			if n < 90 || n > 110 {
				t.Errorf("%d are sent away in the %d. tenth of a second, of %d", n, i+1, clients)
			}
		}
		stop()
		_ = srv.Close()
		all.Wait()
	})
}

// sentAway listens until it is told to go, and tells when that was.
func sentAway(t *testing.T, c net.Conn) (at time.Time) {
	if _, err := fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"); err != nil {
		t.Error(err)
	}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if strings.Contains(lines.Text(), `"going_away"`) {
			at = time.Now()
		}
	}
	return at
}

// memory is a listener in memory, for a test on a clock of its own.
type memory chan net.Conn

func (m memory) Accept() (net.Conn, error) {
	c, ok := <-m
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (m memory) Close() error   { close(m); return nil }
func (m memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (m memory) dial() net.Conn {
	here, there := net.Pipe()
	m <- there
	return here
}
