package servertest

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server"
)

// Engines are embedded engines in this process on which roles run apart, as
// they do on engines that processes share.
type Engines struct {
	t        *testing.T
	options  Options
	engines  *embedded.Engines
	log      *slog.Logger
	gateways int
}

// OpenEngines opens engines until the test ends.
func OpenEngines(t *testing.T) *Engines {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	o := Options{Data: t.TempDir()}
	engines, err := openEngines(t.Context(), o, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engines.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Engines{t: t, options: o, engines: engines, log: log}
}

// Start runs roles on the engines until the test ends, or Stop.
func (e *Engines) Start(roles ...server.Role) *Server {
	e.t.Helper()
	o := e.options
	o.Roles, o.second = roles, e.gateways > 0
	s := prepare(e.t, o)
	s.run(func(ctx context.Context, ready func(string, string)) error {
		return serveOn(ctx, e.engines, s.options, e.log, ready)
	})
	if s.hasGateway() {
		e.gateways++
		s.awaitReady()
	}
	return s
}

func (s *Server) hasGateway() bool {
	return len(s.options.Roles) == 0 || slices.Contains(s.options.Roles, server.Gateway)
}

// Through is the person as a client of another gateway.
func (p *Person) Through(s *Server) *Person {
	return &Person{Person: s.recorder().Person(p.Handle, p.Token, p.Session), User: p.User, t: p.t}
}
