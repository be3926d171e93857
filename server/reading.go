package server

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/ops/telemetry/metrics"
)

func (s *Server) decided(o api.Outcome, r api.Reason, n int) {
	s.metrics.Decided(string(o), string(r), n)
}

// reading is how this process stands, for one answer of /metrics.
func (s *Server) reading(ctx context.Context) metrics.Reading {
	log := s.bus.Stats()
	r := metrics.Reading{Retries: log.Retries, Failing: log.Failing, Paused: log.Paused, Held: -1, FreeDisk: -1}
	if held, err := s.chat.HeldCount(ctx); err == nil {
		r.Held = held
	}
	if s.engines.FreeDisk != nil {
		if free, err := s.engines.FreeDisk(); err == nil {
			r.FreeDisk = free
		}
	}
	if s.pair != nil {
		r.Expiry = s.pair.Expiry()
	}
	if s.gateway != nil {
		g := s.gateway.gateway.Stats()
		r.Connections, r.Accepted, r.SignInsFailed = s.gateway.gateway.Connections(), g.Accepted, g.SignInsFailed
		r.Delivered, r.Lagged, r.Stalled, r.Resyncs = g.Delivered, g.Lagged, g.Stalled, g.Resyncs
	}
	for _, name := range topics {
		if holds, ok := s.bus.Holds(ctx, name); ok && s.cfg.has(Chat) {
			pos, published := s.bus.Stands(name)
			r.Topics = append(r.Topics, metrics.Topic{Name: name, Stored: holds.Stored, Last: holds.Last, Bytes: holds.Bytes, Pos: pos, Published: published})
		}
	}
	return r
}

// logState is how far the log of actions has come, for administrators.
func (s *Server) logState(ctx context.Context) (st api.LogState) {
	if holds, ok := s.bus.Holds(ctx, topic.ActionsChat); ok {
		st.Accepted = holds.Last
	}
	st.Decided, st.Published = s.bus.Stands(topic.ActionsChat)
	return st
}
