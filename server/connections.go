package server

import (
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// openConns bounds the connections that strangers can open. Without file
// descriptors the log and the databases would fail too, and end the process
// (promises, rule 20): so some are kept back for them.
type openConns struct {
	most    int
	streams func() int // connections that have become streams
	log     *slog.Logger

	http  atomic.Int64 // connections of net/http
	quiet atomic.Int64 // until then (Unix) nothing is logged
}

// changed follows net/http's connections (http.Server.ConnState). A new one is
// counted before the next is accepted.
func (o *openConns) changed(_ net.Conn, s http.ConnState) {
	switch s {
	case http.StateNew:
		o.http.Add(1)
	case http.StateHijacked, http.StateClosed:
		o.http.Add(-1)
	case http.StateActive, http.StateIdle:
	}
}

// bound is l without the connections above the bound: they are closed at once.
func (o *openConns) bound(l net.Listener) net.Listener { return &boundListener{l, o} }

type boundListener struct {
	net.Listener
	open *openConns
}

func (b *boundListener) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil || int(b.open.http.Load())+b.open.streams() < b.open.most {
			return c, err
		}
		_ = c.Close()
		b.open.refused()
	}
}

// refused logs once a minute.
func (o *openConns) refused() {
	now := time.Now().Unix()
	if until := o.quiet.Load(); now >= until && o.quiet.CompareAndSwap(until, now+60) {
		o.log.Warn("connections refused: file descriptors are kept for the log and the databases", "most", o.most)
	}
}
